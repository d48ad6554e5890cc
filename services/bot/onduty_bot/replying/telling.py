"""Tells operators whose answers failed for good why, with a button to try again."""

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.news import News
from onduty_bot.conversations.button_data import ANSWER_AGAIN, keyboard
from onduty_bot.replying.words import said_in_a_topic, what_failed
from onduty_desk.replies.replying import FailedReply, Replies
from onduty_desk.roster.operators import Roster
from onduty_desk.texts import words

_MOST_A_LOOK = 20


class Telling:
    """What is told of answers that failed. It goes when they are sent after all.

    If a bot is killed between sending it and writing down which message it is, that one stays.
    """

    def __init__(self, replies: Replies, roster: Roster, answers: Answers, language: str) -> None:
        self._replies = replies
        self._roster = roster
        self._answers = answers
        self._language = language

    @property
    def news(self) -> News[FailedReply]:
        """Each failure."""
        return News(
            what="reply.failure",
            waiting=lambda: self._replies.failed(_MOST_A_LOOK),
            name=lambda reply: f"reply:{reply.chat_id}:{reply.message_id}",
            send=self._send,
            mark_told=self._replies.mark_told,
        )

    async def _send(self, reply: FailedReply) -> None:
        if not reply.event_id:
            return
        operator = await self._roster.find(reply.author)
        catalogue = words(operator.language if operator else self._language)
        said = said_in_a_topic(reply.text, catalogue) if reply.thread else ""
        told = await self._answers.send_once(
            reply.chat_id,
            f"reply-failed:{reply.chat_id}:{reply.message_id}:{reply.event_id}:{reply.at_ms}",
            said + what_failed(reply, catalogue),
            keyboard([(catalogue.gettext("Try again"), f"{ANSWER_AGAIN}:{reply.message_id}")]),
            reply_to=reply.message_id,
            thread=reply.thread,
        )
        if told and not await self._replies.note_failure_said(reply, told):
            await self._answers.delete_by_id(reply.chat_id, told)
