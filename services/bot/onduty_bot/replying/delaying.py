"""Says that an answer is sent in a while, with a button to take it back; then that goes again."""

from math import ceil

from onduty_bot.answering.answers import Answers
from onduty_bot.conversations.button_data import ANSWER_UNDO, keyboard
from onduty_bot.conversations.cards import Cards
from onduty_bot.replying.words import customer_of, goes_in, goes_to, said_in_a_topic
from onduty_desk.model.keys import ChatId
from onduty_desk.replies.delaying import DelayedReplies
from onduty_desk.replies.replying import AnswerOutcome
from onduty_desk.texts import Words


class DelayNotices:
    """A dispatcher deletes each when the answer is sent or taken back, whatever becomes of the bot.

    If it is killed between sending one and writing down which, one is left: a tap on it removes it.
    """

    def __init__(self, delayed: DelayedReplies, cards: Cards, answers: Answers) -> None:
        self._delayed = delayed
        self._cards = cards
        self._answers = answers

    async def say(  # noqa: PLR0913 - which answer, and what is said of it
        self,
        outcome: AnswerOutcome,
        chat_id: ChatId,
        message_id: int,
        *,
        customer: str,
        thread: int,
        words: Words,
    ) -> None:
        """Say so of a delayed answer, without a ring; handled again, it is not said again."""
        if outcome.result != "delayed":
            return
        text = await self._delayed.find_unsaid(chat_id, message_id)
        if text is None:
            return
        said = said_in_a_topic(text, words) if thread else ""
        goes = said + goes_to(outcome, customer, words)
        await self._send(chat_id, message_id, goes, thread, words)

    async def say_anew(self, chat_id: ChatId, message_id: int, thread: int, words: Words) -> None:
        """Its author has changed a delayed answer: quote the new words, where they are quoted.

        That is in a topic. A dispatcher deletes what was said before.
        """
        found = await self._delayed.find_said(chat_id, message_id) if thread else None
        if found is None:
            return
        customer = customer_of(await self._cards.of(found.conversation_id), words)
        goes = goes_in(ceil(found.sent_in.total_seconds()), customer, words)
        text = said_in_a_topic(found.text, words) + goes
        await self._send(chat_id, message_id, text, thread, words)

    async def _send(
        self, chat_id: ChatId, message_id: int, text: str, thread: int, words: Words
    ) -> None:
        notice = await self._answers.send(
            chat_id,
            text,
            keyboard([(words.gettext("Undo"), f"{ANSWER_UNDO}:{message_id}")]),
            reply_to=message_id,
            thread=thread,
            is_silent=True,
        )
        if notice and not await self._delayed.keep_notice(chat_id, message_id, notice):
            await self._answers.delete_by_id(chat_id, notice)
