"""Whose a conversation is at a moment: from the first message on, by the events of the backend."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from onduty.events import Event

WAITING, CLOSED = 0, -1
"""Instead of an owner's Telegram id."""


@dataclass
class Ownership:
    """Owners by time; before the first event everybody waits."""

    _turns: dict[int, list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, events: Iterable[Event]) -> "Ownership":
        """Read it from what the backend was told; repeats change nothing."""
        ownership = cls()
        for event in sorted(events, key=lambda event: event.sequence):
            customer = int(event.conversation_id.rpartition("-")[2])
            owner = {"conversation.closed": CLOSED, "conversation.released": WAITING}.get(
                event.type
            )
            if owner is None and event.operator:
                owner = event.operator.id
            if owner is not None:
                ownership._turns[customer].append((event.occurred_at.timestamp(), owner))
        return ownership

    def at(self, customer: int, moment: float) -> int:
        """Return the owner's id, WAITING or CLOSED."""
        turns = self._turns.get(customer, [])
        n = bisect_right(turns, moment, key=lambda turn: turn[0])
        return turns[n - 1][1] if n else WAITING

    def changes(self) -> list[tuple[float, int]]:
        """Return when something changed, and whose conversation."""
        return sorted(
            (moment, customer) for customer, turns in self._turns.items() for moment, _ in turns
        )
