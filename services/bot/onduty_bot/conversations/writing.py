"""What somebody writes to a customer: until answers from Telegram come, a word where to answer."""

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming
from onduty_bot.conversations.cards import Card, Cards
from onduty_desk.roster.operators import Roster


class Writing:
    """Answers texts of operators on duty, and replies to cards."""

    def __init__(self, roster: Roster, cards: Cards, answers: Answers) -> None:
        self._roster = roster
        self._cards = cards
        self._answers = answers

    async def text(self, incoming: Incoming) -> None:
        """Answer a text of an operator on duty; replies to customers from Telegram come later."""
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
        """Whether it is a reply to a card, however old."""
        return await self._card(incoming) is not None

    async def reply_off_duty(self, incoming: Incoming) -> None:
        """Answer a reply to a card off duty, without anything about the conversation."""
        text = incoming.words.gettext("This did not reach the customer")
        text += "\n\n" + incoming.words.gettext(
            "You are off duty. Send /on to start receiving messages."
        )
        await self._answers.answer(incoming, text)

    async def _card(self, incoming: Incoming) -> Card | None:
        replied = incoming.message.reply_to_message
        return await self._cards.find(incoming.chat_id, replied.message_id) if replied else None

    async def _reply_to_card(self, incoming: Incoming) -> bool:
        """Answer a reply to a card of somebody on duty; return whether it was one."""
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
