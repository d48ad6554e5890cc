"""Stores updates in Redis, each in its chat's line; only then are they confirmed to Telegram."""

import asyncio
import hashlib
import json
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import structlog
from redis.asyncio import Redis

from onduty_bot.signing_in.phrases import Phrases
from onduty_bot.updates.stored import Stored, update_id_of
from onduty_desk.lua.calling import script
from onduty_desk.metrics.figures import UPDATES_DROPPED, UPDATES_STORED
from onduty_desk.process.replicas import wait_for_replicas

MOST_IN_LINE = 100
"""Updates of a stranger's chat that wait to be handled; further ones are dropped."""

_LOG_EVERY_S = 60.0

_log = structlog.get_logger()


@dataclass(frozen=True)
class Odd:
    """Something that came in place of an update and cannot be one."""

    reason: str
    update_id: int | None = None
    seen: str = ""
    """Identifies it if it has no id: a repetition is recorded once."""


class Intake:
    """Stores updates, for polling and for the webhook.

    Args:
        redis: where updates are stored.
        wake: set when something new was stored, for this process's own handling.
        phrases: they are hidden in an update before it is stored.
        always_kept: users whose updates are never dropped, besides operators.
        wait_replicas: how many replicas must have an update before it counts as stored.
    """

    def __init__(
        self,
        redis: Redis,
        wake: asyncio.Event,
        phrases: Phrases,
        *,
        always_kept: Collection[int] = (),
        wait_replicas: int = 0,
    ) -> None:
        self._redis = redis
        self._wait_replicas = wait_replicas
        self._phrases = phrases
        self._always_kept = frozenset(always_kept)
        self._store = script(redis, "onduty_bot/updates/store_updates")
        self._set_aside = script(redis, "onduty_bot/updates/set_update_aside")
        self._note_reading = script(redis, "onduty_bot/updates/note_reading")
        self._wake = wake
        self._dropped = 0
        self._logged_at = -_LOG_EVERY_S

    async def store(self, updates: Sequence[object]) -> None:
        """Store updates, all or none; one that was stored before changes nothing.

        What is no update is set aside, without an effect on the others.

        Raises:
            RedisError: they are not stored, or too few replicas have them: store them again.
        """
        taken = [self._taken(update) for update in updates]
        arguments: list[str | int] = []
        for one in taken:
            if not isinstance(one, Odd):
                arguments += one
        if arguments:
            new, dropped = await self._store(args=[MOST_IN_LINE, *arguments])
            if new:
                self._wake.set()
            UPDATES_STORED.add(by=new)
            UPDATES_DROPPED.add(by=dropped)
            self._log_dropped(dropped)
        for one in taken:
            if isinstance(one, Odd):
                await self._put_aside(one)
        if updates:
            await wait_for_replicas(self._redis, self._wait_replicas)

    async def note_reading(self) -> None:
        """Record that a bot is reading updates, which keeps the service clock running."""
        await self._note_reading()

    def _taken(self, update: object) -> list[str | int] | Odd:
        if isinstance(update, Odd):
            return update
        update_id = update_id_of(update)
        if not isinstance(update, dict) or update_id is None:
            return Odd("it is no object with an update_id", seen=_seen(update))
        try:
            stored = Stored.of(update, self._phrases)
            packed = stored.packed()
        except Exception as error:  # noqa: BLE001 - after any error this one update is set aside
            return Odd(f"it cannot be stored ({type(error).__name__})", update_id)
        author = stored.author
        is_kept = "1" if author in self._always_kept else ""
        return [update_id, stored.line, "" if author is None else author, is_kept, packed]

    async def _put_aside(self, odd: Odd) -> None:
        failure_id = f"update-{odd.seen if odd.update_id is None else odd.update_id}"
        failure = {"kind": "update", "update": odd.update_id, "reason": odd.reason}
        if await self._set_aside(args=[failure_id, json.dumps(failure)]):
            _log.error(
                "update.odd",
                failure=failure_id,
                reason=odd.reason,
                next_step=f"onduty failed show {failure_id}",
            )

    def _log_dropped(self, dropped: int) -> None:
        self._dropped += dropped
        if self._dropped and time.monotonic() >= self._logged_at + _LOG_EVERY_S:
            _log.warning("updates.dropped", count=self._dropped, reason="a stranger's line is full")
            self._dropped, self._logged_at = 0, time.monotonic()


def _seen(update: object) -> str:
    try:
        return hashlib.sha256(repr(update).encode("utf-8", "replace")).hexdigest()[:12]
    except RecursionError:
        return "nested"
