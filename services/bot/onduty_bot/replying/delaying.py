"""Says that an answer is sent in a while, with a button to take it back; then that goes again."""

from onduty_bot.answering.answers import Answers
from onduty_bot.conversations.button_data import ANSWER_UNDO, keyboard
from onduty_bot.replying.words import goes_to, said_in_a_topic
from onduty_desk.model.keys import ChatId
from onduty_desk.replies.delaying import DelayedReplies
from onduty_desk.replies.replying import AnswerOutcome
from onduty_desk.texts import Words


class DelayNotices:
    """A dispatcher deletes each when the answer is sent or taken back, whatever becomes of the bot.

    If it is killed between sending one and writing down which, one is left: a tap on it removes it.
    """

    def __init__(self, delayed: DelayedReplies, answers: Answers) -> None:
        self._delayed = delayed
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
        notice = await self._answers.send(
            chat_id,
            said + goes_to(outcome, customer, words),
            keyboard([(words.gettext("Undo"), f"{ANSWER_UNDO}:{message_id}")]),
            reply_to=message_id,
            thread=thread,
            is_silent=True,
        )
        if notice and not await self._delayed.keep_notice(chat_id, message_id, notice):
            await self._answers.delete_by_id(chat_id, notice)
