"""Desk time in the simulation: it goes on as real time does, and leaps over what is idle."""

import heapq
import math
from collections.abc import Awaitable, Callable
from itertools import count
from time import monotonic

from redis.asyncio import Redis

from onduty_desk.model.keys import TEST_CLOCK_OFFSET

Happens = Callable[[], Awaitable[None]]


class DeskTime:
    """Moments in seconds, and what happens at them.

    Time never stands still while something is worked out: keys that Redis lets expire by its own
    clock would be gone too early.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._ahead_s = 0.0
        self._began = monotonic()
        self._redis_began_s = 0.0
        self._order = count()
        self._to_come: list[tuple[float, int, Happens]] = []

    async def begin(self) -> None:
        """Learn what Redis's clock says now."""
        seconds, micros = await self._redis.time()
        self._redis_began_s = seconds + micros / 1e6 - self.now

    @property
    def now(self) -> float:
        """Seconds since it began."""
        return self.of(monotonic())

    def of(self, moment: float) -> float:
        """Return a moment of `time.monotonic`, read since the last leap, in desk time."""
        return moment + self._ahead_s - self._began

    def of_redis(self, seconds: float) -> float:
        """Return a moment of Redis's clock, as scripts read it, in desk time."""
        return seconds - self._redis_began_s

    def at(self, moment: float, happens: Happens) -> None:
        """Let something happen then."""
        heapq.heappush(self._to_come, (moment, next(self._order), happens))

    @property
    def next(self) -> float:
        """When the next thing happens."""
        return self._to_come[0][0] if self._to_come else math.inf

    def due(self) -> list[Happens]:
        """Take out what happens now, in its order."""
        due, now = [], self.now
        while self._to_come and self._to_come[0][0] <= now:
            due.append(heapq.heappop(self._to_come)[2])
        return due

    async def leap_to(self, moment: float) -> None:
        """Leave out what lies before a moment."""
        if (by := moment - self.now) > 0:
            self._ahead_s = math.ceil((self._ahead_s + by) * 1000) / 1000
            await self._redis.set(TEST_CLOCK_OFFSET, int(self._ahead_s * 1000))
