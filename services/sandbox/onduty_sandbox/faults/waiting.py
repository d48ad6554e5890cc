"""The troubles that wait for the requests which will meet them."""

from dataclasses import replace

from onduty_sandbox.faults.fault import Asked, Fault
from onduty_sandbox.world.clock import Clock
from onduty_sandbox.world.signals import Signal


class Faults:
    """The troubles that wait for their requests; the oldest that fits is taken."""

    def __init__(self, clock: Clock) -> None:
        self.changed = Signal()
        self._clock = clock
        self._waiting: list[Fault] = []
        self._made = 0

    def add(self, fault: Fault) -> Fault:
        """Let this fault wait; returns it with its id."""
        self._made += 1
        fault = replace(fault, id=self._made)
        self._waiting.append(fault)
        self.changed.notify()
        return fault

    def go_on_with(self, faults: list[Fault]) -> None:
        """Take these for those that wait."""
        self._waiting = list(faults)
        self._made = max((fault.id for fault in faults), default=0)

    def waiting(self) -> list[Fault]:
        """Those that still have requests to meet."""
        self.drop_ended()
        return list(self._waiting)

    def clear(self) -> None:
        """Forget them all."""
        self._waiting.clear()
        self.changed.notify()

    def end(self, fault_id: int) -> None:
        """Forget this one; twice is fine."""
        self._waiting = [fault for fault in self._waiting if fault.id != fault_id]
        self.changed.notify()

    def is_waiting(self, fault: Fault) -> bool:
        """Whether this one goes on."""
        return any(other.id == fault.id for other in self.waiting())

    def take(self, asked: Asked) -> Fault | None:
        """Return the fault that this request meets, and count it down."""
        self.drop_ended()
        for index, fault in enumerate(self._waiting):
            if not fault.meets(asked):
                continue
            if fault.times is not None:
                left = replace(fault, times=fault.times - 1)
                self._waiting[index : index + 1] = [left] if left.times else []
            return fault
        return None

    def outage(self, asked: Asked) -> Fault | None:
        """Return the fault that also ends a request which is open already: one that lasts."""
        fitting = (it for it in self.waiting() if it.meets(asked))
        first = next(fitting, None)
        lasts = first is not None and first.times is None and first.kind != "slow"
        return first if lasts else None

    def nothing_listens(self) -> bool:
        """Whether connections are refused now."""
        return any(fault.kind == "refuse" for fault in self._lasting())

    def telegram_is_away(self) -> bool:
        """Whether it is Telegram itself that is not there, so that it brings no updates either."""
        away = (fault for fault in self._lasting() if fault.kind in ("refuse", "hang"))
        return any(fault.method == "*" and fault.chat_id is None for fault in away)

    def _lasting(self) -> list[Fault]:
        """Those that last and are for more than topics."""
        return [it for it in self.waiting() if it.times is None and not it.is_only_for_topics]

    def drop_ended(self) -> bool:
        """Forget those whose time is over; whether there were any."""
        now = self._clock.epoch()
        there = [it for it in self._waiting if it.ends_at is None or it.ends_at > now]
        ended = len(there) < len(self._waiting)
        if ended:
            self._waiting = there
            self.changed.notify()
        return ended

    def have_an_end(self) -> bool:
        """Whether any that wait will be over by themselves."""
        return any(fault.ends_at is not None for fault in self._waiting)
