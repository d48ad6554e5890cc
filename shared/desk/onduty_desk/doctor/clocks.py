"""Checks how fast Redis answers, and whether its clock agrees with this host's."""

import time
from collections.abc import Callable

from redis.asyncio import Redis

from onduty_desk.model.keys import TEST_CLOCK_OFFSET
from onduty_desk.process.redis_setup import Finding

_ASKED = 15
SLOW_S = 0.02
"""A tap is answered after a few answers of Redis; with 20 ms each that is seen."""

APART_S = 2.0
"""Clocks that NTP keeps differ by milliseconds."""


async def clock_findings(redis: Redis, now: Callable[[], float] = time.time) -> list[Finding]:
    """Return what is wrong; `now` is this host's clock, in seconds since 1970."""
    found, took, apart = [], [], []
    for _ in range(_ASKED):
        asked, asked_at = time.perf_counter(), now()
        seconds, micros = await redis.time()
        took.append(time.perf_counter() - asked)
        apart.append(seconds + micros / 1e6 - asked_at - took[-1] / 2)
    nearest = min(zip(took, apart, strict=True))  # this host may be busy; and it is the most exact
    if nearest[0] > SLOW_S:
        found.append(
            Finding(
                "redis.slow",
                f"an answer of Redis takes {nearest[0] * 1000:.0f} ms (the fastest of {_ASKED})",
                "run the services near Redis; SLOWLOG GET and LATENCY DOCTOR show what holds it up",
                "warning",
            )
        )
    if abs(nearest[1]) > APART_S + nearest[0]:
        found.append(
            Finding(
                "redis.clock_differs",
                f"Redis's clock is {abs(nearest[1]):.0f} s "
                f"{'before' if nearest[1] > 0 else 'behind'} this host's",
                "let NTP set the clocks of both hosts (timedatectl)",
                "warning",
            )
        )
    if await redis.get(TEST_CLOCK_OFFSET):
        found.append(
            Finding(
                "redis.clock_of_tests",
                f"{TEST_CLOCK_OFFSET} moves the clock that all steps read; only tests may set it",
                f"DEL {TEST_CLOCK_OFFSET}",
            )
        )
    return found
