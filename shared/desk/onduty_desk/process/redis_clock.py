"""Tells when, by this process's clock, a moment of Redis's clock comes."""

from collections import deque

KEPT = 200
"""Answers: enough that one of them came fast, few enough that clocks do not drift apart."""

LEAP_S = 1.0
"""A Redis that is suddenly so far behind is another one (a failover): what was known is void."""


class RedisClock:
    """Learns from each answer that holds Redis's time.

    An answer is never here before Redis has given it, so the smallest difference seen is the
    nearest to the truth, however slow the other answers were.
    """

    def __init__(self) -> None:
        self._differences: deque[float] = deque(maxlen=KEPT)
        self._smallest = 0.0

    def learn(self, redis_us: int, here: float) -> None:
        """Note that an answer of this moment has come here by now."""
        difference = here - redis_us / 1e6
        if self._differences and difference > self._smallest + LEAP_S:
            self._differences.clear()
        self._differences.append(difference)
        self._smallest = min(self._differences)

    def here(self, redis_us: int) -> float:
        """Return when that moment comes by this process's clock; `learn` came first."""
        return redis_us / 1e6 + self._smallest
