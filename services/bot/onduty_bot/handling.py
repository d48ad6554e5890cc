"""Takes stored updates and handles them: a chat's own in order, different chats side by side."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from traceback import format_exception
from typing import Literal, cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty_bot.answers import TelegramAway
from onduty_bot.outage import PAUSE_S, REDIS_AWAY, Outage
from onduty_desk.scripts import script
from onduty_desk.telegram.token import TokenWatch

HANDLE_WITHIN_S = 10.0
LEASE = timedelta(seconds=12)
"""Longer than a handler may take; when a process is killed another goes on after this time."""

MOST_FAILURES = 3
_MOST_AT_ONCE = 200
_MOST_OF_STRANGERS = 20
"""Places of their own: enough for a hundred texts a second with their removals, and few enough that
an operator's tap, which shares the processor with them, is answered within a blink."""

_LOOK_EVERY_S = 0.5
"""For what other processes stored, and what waits for its moment."""

_log = structlog.get_logger()
_Outcome = Literal["done", "away", "failed"]


class Handling:
    """The loop between the stored updates and the handlers.

    Args:
        redis: where updates are stored.
        handle: handles one update, given as JSON. What it raises decides: `TelegramAway` and
            Redis's absence are retried for as long as it takes; anything else is counted.
        wake: set when this process has stored something.
        outage: told when Redis is away.
        token: while it is refused nothing is taken; another bot may have a good one.
    """

    def __init__(
        self,
        redis: Redis,
        handle: Callable[[str], Awaitable[None]],
        wake: asyncio.Event,
        outage: Outage,
        token: TokenWatch,
    ) -> None:
        self._take_updates = script(redis, "take_updates")
        self._finish_update = script(redis, "finish_update")
        self._handle = handle
        self._wake = wake
        self._outage = outage
        self._token = token
        self._stopping = False
        self._under_way = {"0": 0, "1": 0}  # operators' and strangers' updates
        self.handled = 0

    async def run(self) -> None:
        """Handle updates until `stop`; returns when those under way are handled."""
        async with asyncio.TaskGroup() as handlers:
            while not self._stopping:
                self._wake.clear()
                wait_s = await self._take(handlers)
                try:
                    async with asyncio.timeout(wait_s):
                        await self._wake.wait()
                except TimeoutError:
                    continue

    def stop(self) -> None:
        """Take no more."""
        self._stopping = True
        self._wake.set()

    async def _take(self, handlers: asyncio.TaskGroup) -> float:
        free = [_MOST_AT_ONCE - self._under_way["0"], _MOST_OF_STRANGERS - self._under_way["1"]]
        if not any(free) or self._stopping or self._token.is_refused:
            return _LOOK_EVERY_S
        try:
            found = await self._take_updates(args=[LEASE // timedelta(milliseconds=1), *free])
        except (RedisError, OSError) as error:
            self._outage.began(error)
            return PAUSE_S
        next_ms, *taken = cast("tuple[str, *tuple[list[str], ...]]", found)
        for chat, lease, update_id, update, lane in taken:
            self._under_way[lane] += 1
            task = handlers.create_task(self._handle_one(chat, lease, update_id, update))
            task.add_done_callback(partial(self._give_back, lane))
        until_next_s = int(next_ms) / 1000
        return until_next_s if 0 <= until_next_s < _LOOK_EVERY_S else _LOOK_EVERY_S

    def _give_back(self, lane: str, _: asyncio.Task[None]) -> None:
        self._under_way[lane] -= 1
        self._wake.set()

    async def _handle_one(self, chat: str, lease: str, update_id: str, update: str) -> None:
        pause, reason, failure = timedelta(), "", None
        outcome: _Outcome = "done"
        try:
            async with asyncio.timeout(HANDLE_WITHIN_S):
                await self._handle(update)
        except TelegramAway as away:
            outcome, pause, reason = "away", away.wait, str(away)
        except REDIS_AWAY as error:  # the handler's own time-out is among them
            outcome, reason = "away", repr(error)
        except Exception as error:  # noqa: BLE001 - whatever it is: counted, logged, set aside
            outcome, reason, failure = "failed", repr(error), error
        pause_ms = pause // timedelta(milliseconds=1)
        set_aside = _set_aside(update, reason) if failure else ""
        try:
            came = await self._finish_update(
                args=[chat, lease, update_id, outcome, pause_ms, MOST_FAILURES, set_aside]
            )
        except (RedisError, OSError) as error:
            self._outage.began(error)  # the lease runs out and the update is handled again
        else:
            self.handled += 1
            _tell(update_id, cast("list[str | int]", came), outcome, reason, failure)


def _tell(
    update_id: str,
    came: list[str | int],
    outcome: _Outcome,
    reason: str,
    failure: Exception | None,
) -> None:
    match came:
        case ["set_aside"]:  # the traceback as text: a renderer's own may show local variables
            next_step = "mend what the reason says; the update is in onduty:updates-set-aside"
            _log.error(
                "update.set_aside",
                update=update_id,
                reason=reason,
                next_step=next_step,
                traceback="".join(format_exception(failure)) if failure else "",
            )
        case ["again", 1] if outcome == "away":
            _log.warning("update.postponed", update=update_id, reason=reason)
        case ["again", times] if outcome == "failed":
            _log.warning("update.failed", update=update_id, reason=reason, times=times)
        case _:
            pass


def _set_aside(update: str, reason: str) -> str:
    """Return what is kept of an update that cannot be handled: all but what the person wrote."""
    kept = json.loads(update)
    for kind in ("message", "edited_message"):
        for field in ("text", "caption"):
            if isinstance(message := kept.get(kind), dict) and field in message:
                message[field] = f"({len(message[field])} characters)"
    return json.dumps({"reason": reason, "at": datetime.now(UTC).isoformat(), "update": kept})
