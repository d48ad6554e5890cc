"""Converts times of Redis's clock into this process's monotonic clock."""

from collections import deque

KEPT = 200
"""How many answers are kept: enough that one was fast, few enough that drift does not matter."""

LEAP_S = 1.0
"""If Redis is suddenly this far behind, it is another server (a failover): forget the history."""


class RedisClock:
    """Learns the difference from each answer that holds Redis's time.

    An answer always arrives after Redis has sent it, so the smallest difference seen is the most
    exact one, however slow other answers were.
    """

    def __init__(self) -> None:
        self._differences: deque[float] = deque(maxlen=KEPT)
        self._smallest = 0.0

    def learn(self, redis_us: int, here: float) -> None:
        """Record that an answer with this Redis time arrived at this local time."""
        difference = here - redis_us / 1e6
        if self._differences and difference > self._smallest + LEAP_S:
            self._differences.clear()
        self._differences.append(difference)
        self._smallest = min(self._differences)

    def here(self, redis_us: int) -> float:
        """Return this Redis time as a time of this process's clock; call `learn` first."""
        return redis_us / 1e6 + self._smallest
