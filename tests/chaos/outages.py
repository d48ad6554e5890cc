"""Telegram is away for a while, in one way after another; and what the desk made of each."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field

from redis.asyncio import Redis
from redis.exceptions import RedisError

from chaos.plan import Outage, Plan
from onduty_desk.model.keys import TELEGRAM
from onduty_sandbox.client import Sandbox

LOOK_EVERY_S = 0.2


@dataclass(frozen=True)
class Lasted:
    """From when to when, by the clock of the requests."""

    kind: str
    began_at: float
    ended_at: float

    @property
    def for_s(self) -> float:
        return self.ended_at - self.began_at

    def overlaps(self, other: "Lasted") -> bool:
        """Whether both lasted at some moment."""
        return self.began_at < other.ended_at and other.began_at < self.ended_at

    def has(self, at: float) -> bool:
        """Whether it lasted at this moment."""
        return self.began_at <= at <= self.ended_at


@dataclass
class Outages:
    """Those of a run."""

    plan: Plan
    sandbox: Sandbox
    redis: Redis
    lasted: list[Lasted] = field(default_factory=list)
    pauses: list[Lasted] = field(default_factory=list)
    """When the desk as a whole knew that Telegram was away, by its own record."""

    def __post_init__(self) -> None:
        self.over = asyncio.Event()
        self.over.set()

    async def play(self) -> None:
        """Let them come, one after the other."""
        began = time.monotonic()
        for outage in self.plan.outages:
            await asyncio.sleep(max(0, began + outage.at_s - time.monotonic()))
            await self._play(outage)

    async def watch_the_desk(self) -> None:
        """Note when the desk pauses and goes on, until cancelled."""
        since, mark = 0.0, None
        try:
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                with suppress(RedisError, OSError):
                    now = await self.redis.hget(TELEGRAM, "away_since_ms")
                    if now != mark:  # two pauses may come one right after the other
                        self._note_pause(since, mark)
                        since, mark = time.time(), now
        finally:
            self._note_pause(since, mark)

    def _note_pause(self, since: float, mark: object) -> None:
        if mark is not None:
            self.pauses.append(Lasted("the desk's pause", since, time.time()))

    async def _play(self, outage: Outage) -> None:
        self.over.clear()
        began_at = time.time()
        # What waits from before would be met afterwards, all at once.
        await self.sandbox.clear_faults()
        await self.sandbox.outage(outage.kind, status=outage.status, taken_first=outage.taken_first)
        try:
            await asyncio.sleep(outage.for_s)
        finally:
            await self.sandbox.clear_faults()
            self.lasted.append(Lasted(outage.kind, began_at, time.time()))
            self.over.set()
