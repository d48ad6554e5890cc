"""Whatever else comes: a short useful answer, never silence."""

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Heard
from onduty_bot.answering.menu import listed
from onduty_bot.conversations.cards import Card, Cards
from onduty_desk.roster.operators import Roster


class Otherwise:
    """Answers what the bot does nothing with."""

    def __init__(self, roster: Roster, cards: Cards, answers: Answers) -> None:
        self._roster = roster
        self._cards = cards
        self._answers = answers

    async def unknown_command(self, heard: Heard) -> None:
        """A command that does not exist."""
        text = heard.words.gettext("I do not know this command. These I know:")
        await self._answers.answer(heard, f"{text}\n\n{listed(heard.words)}")

    async def text(self, heard: Heard) -> None:
        """A text of an operator on duty; answering customers from Telegram does not exist yet."""
        if await self._reply_to_card(heard):
            return
        if heard.is_edit:
            text = heard.words.gettext("I read a message only once. Send it again as a new one.")
        else:
            text = heard.words.gettext(
                "This reached no one. To answer a customer, open the link in their message."
            )
        await self._answers.answer(heard, text)

    async def is_reply_to_card(self, heard: Heard) -> bool:
        """Say whether it is a reply to a card, be it one of last week."""
        return await self._card(heard) is not None

    async def reply_off_duty(self, heard: Heard) -> None:
        """Answer a reply to a card: off duty one sees nothing of what has come since."""
        text = heard.words.gettext("This did not reach the customer")
        text += "\n\n" + heard.words.gettext(
            "You are off duty. Send /on to start receiving messages."
        )
        await self._answers.answer(heard, text)

    async def _card(self, heard: Heard) -> Card | None:
        replied = heard.message.reply_to_message
        return await self._cards.find(heard.chat_id, replied.message_id) if replied else None

    async def _reply_to_card(self, heard: Heard) -> bool:
        """Answer a reply to a card of somebody on duty; say whether it was one."""
        card = await self._card(heard)
        operator = await self._roster.find(heard.operator_id) if card else None
        if card is None or operator is None or card.group not in {None, operator.group}:
            return False
        text = heard.words.gettext("This did not reach the customer")
        if card.reply_url:
            text += "\n\n" + heard.words.gettext("Answer here: {url}").format(url=card.reply_url)
        else:
            text += "\n\n" + heard.words.gettext(
                "Their message came without a link: answer where your team usually does."
            )
        await self._answers.answer(heard, text)
        return True

    async def anything(self, heard: Heard) -> None:
        """A sticker, a photo, a place, …; or a change to a command."""
        is_on_duty = await self._roster.find(heard.operator_id) is not None
        if not is_on_duty and await self.is_reply_to_card(heard):
            await self.reply_off_duty(heard)
            return
        if heard.is_edit or is_on_duty:
            await self.text(heard)
            return
        text = heard.words.gettext("This reached no one. Send /on to start receiving messages.")
        await self._answers.answer(heard, text)
