"""The pace that all processes with the token share; `pace.lua` does the counting."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import structlog
from redis.asyncio import Redis
from telegram.error import NetworkError, RetryAfter
from telegram.ext import BaseRateLimiter

from onduty_desk.lua.loader import script
from onduty_desk.telegram.outcomes import as_timedelta

SHARE_USED = 0.972
"""Of the cap: even spacing then keeps any one second below it, as long as the delays of two sends
differ by less than 29 ms. At 0.98 (20 ms) a busy machine sometimes sent 31 in a second."""

SHARE_USED_PAID = 0.96
"""At 1,000 sends a second, a delay of 30 ms moves many sends into one second, and causes a 429."""

MOST_REACHED = 5_000
"""Sends a second that one machine can reach at most; a higher cap is treated as none."""

CHAT_MARGIN = 1.05
"""Messages sent exactly a second apart sometimes arrive a little closer together."""

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


@dataclass(frozen=True)
class Pace:
    """The rate limits of sending: over all chats, and into one."""

    sends_per_second: float = 30
    sends_per_chat_per_second: float = 1

    @property
    def gaps(self) -> tuple[int, int]:
        """Microseconds between two sends, and between two into one chat."""
        share = SHARE_USED_PAID if self.is_paid else SHARE_USED
        return (
            int(1e6 / (self.sends_per_second * share)),
            int(1e6 * CHAT_MARGIN / self.sends_per_chat_per_second),
        )

    @property
    def is_reachable(self) -> bool:
        """Whether one machine can reach the cap, so that sends must keep their slots."""
        return self.sends_per_second <= MOST_REACHED

    @property
    def is_paid(self) -> bool:
        """Above 30 a second Telegram requires `allow_paid_broadcast` (Bot API, sendMessage)."""
        return self.sends_per_second > 30  # noqa: PLR2004 - Telegram's own number


class SharedPace(BaseRateLimiter[AnswerTo]):
    """Gives the bot's own answers slots before the dispatchers' cards, as their shares allow.

    Answers to taps, deletions and settings do not count and are sent at once (a Bot API developer
    has confirmed it). A 429 pauses that chat for every process, and the request is repeated. While
    Redis is away its error is raised, and while the desk pauses `DeskPaused`; nothing is sent then.
    """

    def __init__(self, redis: Redis, pace: Pace) -> None:
        self._pace = pace
        self._permit = script(redis, "telegram/permit")
        self._refused = script(redis, "telegram/refused")

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
                    await self._refused(args=[chat, _us(wait)])
                if wait > LONGEST_WAIT:
                    raise
                if not chat:
                    await asyncio.sleep(wait.total_seconds())

    async def _wait_for_slot(self, chat: str, whose: AnswerTo | None) -> None:
        arguments: list[str | int] = [chat, *self._pace.gaps, _us(MOST_AHEAD), whose or ""]
        while True:
            match await self._permit(args=arguments):
                case ["away", reason]:
                    raise DeskPaused(f"the desk pauses: {reason}")
                case ["at", wait_us]:
                    return await asyncio.sleep(int(wait_us) / 1e6)
                case ["wait", wait_us]:
                    await asyncio.sleep(int(wait_us) / 1e6)
                case other:
                    raise ValueError(f"permit.lua returned {other}")


def _us(time: timedelta) -> int:
    return int(time.total_seconds() * 1e6)
