"""Detects whether Telegram can be reached: while it cannot, the whole desk pauses.

A failed send alone may be caused by that one card, or by a proxy. So `getMe` is called; if that
fails too, no process sends anything until Telegram answers again.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty_desk.lua.calling import script
from onduty_desk.metrics.figures import PAUSES, cause_of
from onduty_desk.model.keys import ChatId
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.outcomes import ASK_WITHIN_S, NotTaken, Unknown, outcome_of, who_it_is

LOOK_EVERY_S = 1.0
_NOBODY_ELSE_ASKS_MS = int((2 * ASK_WITHIN_S + 1) * 1000)
"""Connecting has the same time-out. If the asking process is killed, another asks after this."""

_log = structlog.get_logger()


class Reachability:
    """One per process. One process asks at a time; all processes pause and resume together."""

    def __init__(self, redis: Redis, bot: Bot) -> None:
        self._failed = script(redis, "telegram/send_failed")
        self._probe = script(redis, "telegram/probe")
        self._asked = script(redis, "telegram/note_answer")
        self._bot = bot
        self._asking: set[asyncio.Task[None]] = set()

    async def failed(self, chat_id: ChatId, reason: str) -> None:
        """Report that a send was not taken or had no answer; Telegram is asked in the background.

        Three chats within five seconds, without a success between, pause the desk without asking.
        If Redis is away the report is lost: recording the send's outcome matters more.
        """
        answer = None
        with suppress(RedisError, OSError):
            answer = await self._failed(args=[chat_id, reason, _NOBODY_ELSE_ASKS_MS])
        if answer == "began":
            _log_pause(reason)
        elif answer == "ask":
            asking = asyncio.create_task(self._ask_in_background())
            self._asking.add(asking)
            asking.add_done_callback(self._asking.discard)

    async def probe(self) -> timedelta:
        """Ask Telegram whether it is back, if it is this process's turn; return when to call again.

        It does nothing while the desk does not pause.
        """
        wait_ms = int(await self._probe(args=[_NOBODY_ELSE_ASKS_MS]))
        if wait_ms == 0:
            await self._ask()
        return timedelta(milliseconds=max(wait_ms, 0))

    async def watch(self) -> None:
        """Probe when it is this process's turn, until cancelled; for processes without a sender."""
        while True:
            pause = timedelta()
            with suppress(RedisError, OSError):  # other tasks report it
                pause = await self.probe()
            await asyncio.sleep(pause.total_seconds() or LOOK_EVERY_S)

    async def _ask_in_background(self) -> None:
        with suppress(RedisError, OSError):  # the next send that fails asks again
            await self._ask()

    async def _ask(self) -> None:
        outcome = await outcome_of(who_it_is(self._bot))
        is_there = not isinstance(outcome, NotTaken | Unknown)
        reason = outcome.reason if isinstance(outcome, NotTaken | Unknown) else ""
        answer, away_ms = await self._asked(args=[int(is_there), reason])
        if answer == "began":
            _log_pause(reason)
        elif answer == "back":
            _log.warning("telegram.back", away_s=round(int(away_ms) / 1000, 1))


def _log_pause(reason: str) -> None:
    PAUSES.add(cause_of(reason))
    _log.error(
        "telegram.away",
        reason=reason,
        next_step="nothing is lost; the desk goes on by itself when Telegram answers",
    )
