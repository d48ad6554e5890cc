"""Tells operators whose answers failed for good why, with a button to try again."""

import asyncio
from datetime import timedelta

import structlog
from redis.asyncio import Redis

from onduty_bot.answering.answers import AnswerRefused, Answers, TelegramAway
from onduty_bot.conversations.button_data import ANSWER_AGAIN, keyboard
from onduty_bot.replying.words import said_in_a_topic, what_failed
from onduty_desk.model.roster_keys import telling_key
from onduty_desk.process.outage import Outage
from onduty_desk.replies.replying import FailedReply, Replies
from onduty_desk.roster.operators import Roster
from onduty_desk.telegram.token import TokenWatch
from onduty_desk.texts import words

_MOST_A_LOOK = 20
_PAUSE_S = 1.0
_LEASE = timedelta(seconds=30)

_log = structlog.get_logger()


class Telling:
    """Any number of bots may tell concurrently; each failure is told once as far as possible."""

    def __init__(
        self, redis: Redis, replies: Replies, roster: Roster, answers: Answers, language: str
    ) -> None:
        self._redis = redis
        self._replies = replies
        self._roster = roster
        self._answers = answers
        self._language = language

    async def run(self, outage: Outage, token: TokenWatch) -> None:
        """Tell of each failure; never returns."""
        while True:
            await token.wait_until_good()
            with outage.reported():
                for reply in await self._replies.failed(_MOST_A_LOOK):
                    telling = telling_key(f"reply:{reply.chat_id}:{reply.message_id}")
                    if await self._redis.set(telling, "1", nx=True, px=_LEASE):
                        await self._tell(reply)
                        await self._redis.delete(telling)
            await asyncio.sleep(_PAUSE_S)

    async def _tell(self, reply: FailedReply) -> None:
        if reply.event_id:
            try:
                await self._send(reply)
            except TelegramAway as away:
                _log.warning("reply.failure_not_told_yet", reason=str(away))
                return
            except AnswerRefused as refused:
                _log.error("reply.failure_not_told", reason=str(refused))
        await self._replies.mark_told(reply)

    async def _send(self, reply: FailedReply) -> None:
        operator = await self._roster.find(reply.author)
        catalogue = words(operator.language if operator else self._language)
        said = said_in_a_topic(reply.text) if reply.thread else ""
        await self._answers.send_once(
            reply.chat_id,
            f"reply-failed:{reply.chat_id}:{reply.message_id}:{reply.event_id}:{reply.at_ms}",
            said + what_failed(reply, catalogue),
            keyboard([(catalogue.gettext("Try again"), f"{ANSWER_AGAIN}:{reply.message_id}")]),
            reply_to=reply.message_id,
            thread=reply.thread,
        )
