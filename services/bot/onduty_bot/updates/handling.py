"""Handles stored updates: those of a chat in order, different chats concurrently."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from time import monotonic
from typing import Literal, cast

import structlog
from redis.asyncio import Redis

from onduty_bot.answering.answers import TelegramAway
from onduty_bot.updates.setting_aside import NOTHING, SetAside, where
from onduty_desk.lua.calling import script
from onduty_desk.lua.durations import in_ms
from onduty_desk.metrics.figures import HANDLING, UPDATES_HANDLED
from onduty_desk.process.outage import Outage
from onduty_desk.process.readiness import Loops
from onduty_desk.process.redis_away import CANNOT_NOW, PAUSE_S
from onduty_desk.telegram.token import TokenWatch

HANDLE_WITHIN_S = 10.0
LEASE = timedelta(seconds=12)
"""Longer than a handler may take; after it another process takes over from a killed one."""

MOST_FAILURES = 3
MOST_TIMES_TOO_SLOW = 20
"""About ten minutes: waiting for the pace ends earlier, a bug does not."""

_MOST_AT_ONCE = 200
"""Updates of operators that are handled at once."""
_MOST_OF_STRANGERS = 20
"""Updates of strangers that are handled at once, separately: enough for a hundred texts a second
with their deletions, and few enough that an operator's tap is still answered within 300 ms."""

_LOOK_EVERY_S = 0.5
"""To find what other processes stored, and what has become due."""

_log = structlog.get_logger()
_Outcome = Literal["done", "away", "failed", "slow"]


class Handling:
    """The loop between the stored updates and the handlers.

    Args:
        redis: where updates are stored.
        handle: handles one record, as it was stored. After `TelegramAway` or an error of Redis the
            update is retried for as long as it takes; any other error is counted.
        set_aside: returns what is kept of a record that cannot be handled, for a reason.
        wake: set when this process has stored something.
        outage: gets reports when Redis is away.
        token: while it is refused no update is taken; another bot may have a good one.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what it works with
        self,
        redis: Redis,
        handle: Callable[[str], Awaitable[None]],
        wake: asyncio.Event,
        outage: Outage,
        token: TokenWatch,
        set_aside: Callable[[str, str], SetAside],
        loops: Loops | None = None,
    ) -> None:
        self._take_updates = script(redis, "onduty_bot/updates/take_updates")
        self._finish_update = script(redis, "onduty_bot/updates/finish_update")
        self._handle = handle
        self._wake = wake
        self._outage = outage
        self._token = token
        self._set_aside = set_aside
        self._stopping = False
        self._loops = loops or Loops()
        self._under_way = {True: 0, False: 0}
        self.handled = 0

    async def run(self) -> None:
        """Handle updates until `stop`; returns when those in progress are handled."""
        async with asyncio.TaskGroup() as handlers:
            while not self._stopping:
                self._loops.turned("handling")
                self._wake.clear()
                wait_s = await self._take(handlers)
                try:
                    async with asyncio.timeout(wait_s):
                        await self._wake.wait()
                except TimeoutError:
                    continue

    def stop(self) -> None:
        """Take no more updates."""
        self._stopping = True
        self._wake.set()

    async def _take(self, handlers: asyncio.TaskGroup) -> float:
        free = _MOST_AT_ONCE - self._under_way[True]
        free_to_others = _MOST_OF_STRANGERS - self._under_way[False]
        if self._stopping or self._token.is_refused:
            return _LOOK_EVERY_S
        found: object = None
        with self._outage.reported():
            found = await self._take_updates(args=[in_ms(LEASE), free, free_to_others])
        if found is None:
            return PAUSE_S
        next_ms, *taken = cast("tuple[str, *tuple[list[str], ...]]", found)
        for chat, lease, update_id, record, is_first in taken:
            self._under_way[bool(is_first)] += 1
            handlers.create_task(
                self._handle_one(chat, lease, update_id, record, is_first=bool(is_first))
            )
        until_next_s = int(next_ms) / 1000
        return until_next_s if 0 <= until_next_s < _LOOK_EVERY_S else _LOOK_EVERY_S

    async def _handle_one(
        self, chat: str, lease: str, update_id: str, record: str, *, is_first: bool
    ) -> None:
        began = monotonic()
        try:
            outcome, pause, failure = await self._outcome(record)
        finally:
            self._under_way[is_first] -= 1
            HANDLING.note(monotonic() - began)
        reason = where(failure) if failure else ""
        most = MOST_TIMES_TOO_SLOW if outcome == "slow" else MOST_FAILURES
        aside = self._set_aside(record, reason) if outcome in {"failed", "slow"} else NOTHING
        arguments: list[str | int] = [chat, lease, update_id, outcome, in_ms(pause), most, *aside]
        with self._outage.reported():  # then the lease ends, and the update is handled again
            came = cast("list[str | int]", await self._finish_update(args=arguments))
            self.handled += came[0] in {"done", "set_aside"}
            UPDATES_HANDLED.add("set_aside" if came[0] == "set_aside" else outcome)
            _log_outcome(update_id, came, outcome, reason)
        self._wake.set()

    async def _outcome(self, record: str) -> tuple[_Outcome, timedelta, Exception | None]:
        limit = asyncio.timeout(HANDLE_WITHIN_S)
        try:
            async with limit:
                await self._handle(record)
        except TelegramAway as away:
            return "away", away.wait, away
        except TimeoutError as error:
            return "slow" if limit.expired() else "away", timedelta(), error
        except CANNOT_NOW as error:
            return "away", timedelta(), error
        except Exception as error:  # noqa: BLE001 - any error is counted, logged, and set aside in the end
            return "failed", timedelta(), error
        return "done", timedelta(), None


def _log_outcome(update_id: str, came: list[str | int], outcome: _Outcome, reason: str) -> None:
    match came:
        case ["set_aside"]:
            next_step = f"onduty failed show update-{update_id}"
            _log.error("update.set_aside", update=update_id, reason=reason, next_step=next_step)
        case ["again", 1] if outcome == "away":
            _log.warning("update.postponed", update=update_id, reason=reason)
        case ["again", times] if outcome == "failed":
            _log.warning("update.failed", update=update_id, reason=reason, times=times)
        case ["again", 1]:
            _log.warning("update.slow", update=update_id, reason=f"not done in {HANDLE_WITHIN_S} s")
        case _:
            pass
