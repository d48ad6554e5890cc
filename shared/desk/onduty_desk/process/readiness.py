"""What a process knows of its own health: its loops report to it, probes and health checks ask it.

Live: its loops turn, whatever Redis and Telegram do; if they did not, a restart would help. Ready:
it can do its work now.
"""

from collections.abc import Callable
from time import monotonic

from onduty_desk.process.outage import Outage

STUCK_AFTER_S = 30.0
"""A loop that has not turned for so long does not work; each looks at least every 20 s, and what
waits for a frozen Redis gets an error after ten."""

DEAD_AFTER_S = 120.0
"""No loop rests so long: several calls to a frozen Redis, or a job that ends by its time-out."""

REDIS_WITHIN_S = 20.0
"""The last write to Redis is not older: one is made every five seconds."""

Check = Callable[[], str | None]
"""Returns why the process cannot work, in words for a person, or None."""


class Loops:
    """When each loop of a process has last turned. Threads may report too."""

    def __init__(self) -> None:
        self._turned: dict[str, float] = {}

    def turned(self, loop: str, *, rests_s: float = 0.0) -> None:
        """Report that a loop turns, and that it rests for so long now."""
        self._turned[loop] = monotonic() + rests_s

    def ended(self, loop: str) -> None:
        """Report that a loop has ended: nothing more is expected of it."""
        self._turned.pop(loop, None)

    def stuck(self, after_s: float) -> str | None:
        """Name the loops that have not turned for so long; None if all turn."""
        now = monotonic()
        stuck = [loop for loop, at in list(self._turned.items()) if now - at > after_s]
        return f"stuck for more than {after_s:g} s: {', '.join(sorted(stuck))}" if stuck else None


class Readiness:
    """Of one process. It is not ready before `begin`: it waits for Redis or Telegram."""

    def __init__(self, loops: Loops, outage: Outage) -> None:
        self.loops = loops
        self.outage = outage
        self._checks: list[Check] | None = None
        self._wrote_at: float | None = None

    def begin(self, *checks: Check) -> None:
        """Report that work begins; what can be wrong with it from now on is asked of these."""
        self._checks = list(checks)

    def wrote(self) -> None:
        """Report that Redis has just taken a write."""
        self._wrote_at = monotonic()

    @property
    def trouble(self) -> str | None:
        """Why the process is not ready, whatever Redis does; None if nothing is wrong."""
        if self._checks is None:
            return "it is starting, and waits for Redis or Telegram"
        found = [*(check() for check in self._checks), self.loops.stuck(STUCK_AFTER_S)]
        return "; ".join(reason for reason in found if reason) or None

    @property
    def why_not_ready(self) -> str | None:
        """Why the process is not ready; None if it is."""
        if self.outage.is_on:
            return "Redis is away, or takes no writes"
        trouble = self.trouble
        if trouble or self._wrote_at is None:
            return trouble or "nothing was written to Redis yet"
        if monotonic() - self._wrote_at > REDIS_WITHIN_S:
            return f"Redis has taken no write for {REDIS_WITHIN_S:g} s"
        return None

    @property
    def why_not_live(self) -> str | None:
        """Why the process should be restarted; None if it lives."""
        return self.loops.stuck(DEAD_AFTER_S)
