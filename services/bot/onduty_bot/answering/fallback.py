"""Whatever else comes: a short useful answer, never silence."""

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming
from onduty_bot.answering.menu import listed
from onduty_bot.conversations.cards import Card, Cards
from onduty_desk.roster.operators import Roster


class Fallback:
    """Answers what the bot does nothing with."""

    def __init__(self, roster: Roster, cards: Cards, answers: Answers) -> None:
        self._roster = roster
        self._cards = cards
        self._answers = answers

    async def unknown_command(self, incoming: Incoming) -> None:
        """A command that does not exist."""
        text = incoming.words.gettext("I do not know this command. These I know:")
        await self._answers.answer(incoming, f"{text}\n\n{listed(incoming.words)}")

    async def text(self, incoming: Incoming) -> None:
        """A text of an operator on duty; answering customers from Telegram does not exist yet."""
        if await self._reply_to_card(incoming):
            return
        if incoming.is_edit:
            text = incoming.words.gettext("I read a message only once. Send it again as a new one.")
        else:
            text = incoming.words.gettext(
                "This reached no one. To answer a customer, open the link in their message."
            )
        await self._answers.answer(incoming, text)

    async def is_reply_to_card(self, incoming: Incoming) -> bool:
        """Say whether it is a reply to a card, be it one of last week."""
        return await self._card(incoming) is not None

    async def reply_off_duty(self, incoming: Incoming) -> None:
        """Answer a reply to a card: off duty one sees nothing of what has come since."""
        text = incoming.words.gettext("This did not reach the customer")
        text += "\n\n" + incoming.words.gettext(
            "You are off duty. Send /on to start receiving messages."
        )
        await self._answers.answer(incoming, text)

    async def _card(self, incoming: Incoming) -> Card | None:
        replied = incoming.message.reply_to_message
        return await self._cards.find(incoming.chat_id, replied.message_id) if replied else None

    async def _reply_to_card(self, incoming: Incoming) -> bool:
        """Answer a reply to a card of somebody on duty; say whether it was one."""
        card = await self._card(incoming)
        operator = await self._roster.find(incoming.operator_id) if card else None
        if card is None or operator is None or card.group not in {None, operator.group}:
            return False
        text = incoming.words.gettext("This did not reach the customer")
        if card.reply_url:
            text += "\n\n" + incoming.words.gettext("Answer here: {url}").format(url=card.reply_url)
        else:
            text += "\n\n" + incoming.words.gettext(
                "Their message came without a link: answer where your team usually does."
            )
        await self._answers.answer(incoming, text)
        return True

    async def anything(self, incoming: Incoming) -> None:
        """A sticker, a photo, a place, …; or a change to a command."""
        is_on_duty = await self._roster.find(incoming.operator_id) is not None
        if not is_on_duty and await self.is_reply_to_card(incoming):
            await self.reply_off_duty(incoming)
            return
        if incoming.is_edit or is_on_duty:
            await self.text(incoming)
            return
        text = incoming.words.gettext("This reached no one. Send /on to start receiving messages.")
        await self._answers.answer(incoming, text)
