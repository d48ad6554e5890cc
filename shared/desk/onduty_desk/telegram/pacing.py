"""The pace that all processes with the token share; `pace.lua` does the counting."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from time import monotonic
from typing import Any, Literal

import structlog
from redis.asyncio import Redis
from telegram.error import NetworkError, RetryAfter
from telegram.ext import BaseRateLimiter

from onduty_desk.lua.calling import script
from onduty_desk.lua.durations import in_us
from onduty_desk.metrics.figures import SLOT_WAITS
from onduty_desk.telegram.outcomes import as_timedelta
from onduty_desk.telegram.pace import Pace

MOST_AHEAD = timedelta(seconds=1)
LONGEST_WAIT = timedelta(seconds=60)
"""How long an answer of the bot waits after a 429; beyond it the update is handled again later."""

FREE = frozenset({"sendChatAction"})
"""Methods that begin with "send" and send no message."""

_COUNTED = ("send", "edit", "copy", "forward")
_log = structlog.get_logger()

Answer = bool | dict[str, Any] | list[dict[str, Any]]

AnswerTo = Literal["operators", "strangers"]
"""Whose share a send uses, as PTB's `rate_limit_args`; without it, the chat decides."""


class DeskPaused(NetworkError):  # noqa: N818 - a state that ends
    """The desk pauses because Telegram is away: nothing was sent."""


class SharedPace(BaseRateLimiter[AnswerTo]):
    """Gives the bot's own answers slots before the dispatchers' cards, as their shares allow.

    Answers to taps, deletions and settings do not count and are sent at once (a Bot API developer
    has confirmed it). A 429 pauses that chat for every process, and the request is repeated. While
    Redis is away its error is raised, and while the desk pauses `DeskPaused`; nothing is sent then.
    """

    def __init__(self, redis: Redis, pace: Pace) -> None:
        self._pace = pace
        self._permit = script(redis, "telegram/permit")
        self._refused = script(redis, "telegram/pause_after_429")

    async def initialize(self) -> None:
        """Do nothing: Redis is open."""

    async def shutdown(self) -> None:
        """Do nothing: whoever opened Redis closes it."""

    async def process_request(  # noqa: PLR0913, PLR0917 - the signature is PTB's
        self,
        callback: Callable[..., Coroutine[Any, Any, Answer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: AnswerTo | None,
    ) -> Answer:
        """Make the request when its slot has come."""
        is_counted = endpoint.startswith(_COUNTED) and endpoint not in FREE
        chat = str(data.get("chat_id", "")) if is_counted else ""
        while True:
            if chat:
                await self._wait_for_slot(chat, rate_limit_args)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                wait = as_timedelta(error.retry_after)
                _log.warning("telegram.pause", chat=chat or endpoint, wait_s=wait.total_seconds())
                if chat:
                    await self._refused(args=[chat, in_us(wait)])
                if wait > LONGEST_WAIT:
                    raise
                if not chat:
                    await asyncio.sleep(wait.total_seconds())

    async def _wait_for_slot(self, chat: str, whose: AnswerTo | None) -> None:
        asked_at = monotonic()
        arguments: list[str | int] = [chat, *self._pace.gaps, in_us(MOST_AHEAD), whose or ""]
        while True:
            match await self._permit(args=arguments):
                case ["away", reason]:
                    raise DeskPaused(f"the desk pauses: {reason}")
                case ["at", wait_us, class_of_answer]:
                    wait_s = int(wait_us) / 1e6
                    SLOT_WAITS.note(monotonic() + wait_s - asked_at, class_of_answer)
                    return await asyncio.sleep(wait_s)
                case ["wait", wait_us]:
                    await asyncio.sleep(int(wait_us) / 1e6)
                case other:
                    raise ValueError(f"permit.lua returned {other}")
