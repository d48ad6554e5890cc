"""What somebody writes to a customer: sent on, or a word where to answer."""

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming
from onduty_bot.conversations.cards import Cards
from onduty_bot.noting.noting import Noting
from onduty_bot.replying.replying import Replying
from onduty_bot.replying.words import did_not_reach, words_of
from onduty_desk.roster.operators import Roster


class Writing:
    """Answers texts of operators on duty, and replies to cards."""

    def __init__(
        self, roster: Roster, cards: Cards, answers: Answers, replying: Replying, noting: Noting
    ) -> None:
        self._cards = cards
        self._noting = noting
        self._roster = roster
        self._answers = answers
        self._replying = replying

    async def text(self, incoming: Incoming) -> None:
        """Send what an operator on duty has written to its customer, or say what became of it.

        A note is asked for here too: nothing else may reach a customer, whatever way it came.
        """
        if await self._noting.heard(incoming):
            return
        if await self._reply_to_card(incoming) or await self._replying.offer(incoming):
            return
        if incoming.is_edit:
            text = incoming.words.gettext("I read a message only once. Send it again as a new one.")
        elif await self._replying.is_on():
            text = incoming.words.gettext(
                "This reached no one. To answer a customer, reply to their message here."
            )
        else:
            text = incoming.words.gettext(
                "This reached no one. To answer a customer, open the link in their message."
            )
        await self._say(incoming, text)

    async def is_reply_to_card(self, incoming: Incoming) -> bool:
        """Whether it is a reply to a card or in a topic, or an answer that was edited."""
        return incoming.glance.card is not None or await self._replying.is_known(incoming)

    async def reply_off_duty(self, incoming: Incoming) -> None:
        """Answer a reply to a card off duty, without anything about the conversation."""
        text = did_not_reach(incoming.words)
        text += "\n\n" + incoming.words.gettext(
            "You are off duty. Send /on to start receiving messages."
        )
        await self._say(incoming, text)

    async def _reply_to_card(self, incoming: Incoming) -> bool:
        """Answer a reply to a card of somebody on duty; return whether it was one."""
        card = incoming.glance.card
        if card is None and incoming.replied_to:  # Telegram shows a card before its sender says so
            card = await self._cards.find(incoming.chat_id, incoming.replied_to)
        if card is None:
            return False
        if await self._replying.reply(incoming, card):
            return True
        operator = await self._roster.find(incoming.operator_id)
        if operator is None or card.group not in {None, *operator.groups}:
            return False
        text = did_not_reach(incoming.words)
        if card.reply_url:
            text += "\n\n" + incoming.words.gettext("Answer here: {url}").format(url=card.reply_url)
        else:
            text += "\n\n" + incoming.words.gettext(
                "Their message came without a link: answer where your team usually does."
            )
        await self._say(incoming, text)
        return True

    async def _say(self, incoming: Incoming, text: str) -> None:
        """Say what became of a message as a reply to it: of several it is told which."""
        said = words_of(incoming)
        await self._answers.answer(incoming, said + text, reply_to=incoming.message.message_id)
