"""What changed in the world, in order, for a page that shows it."""

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onduty_sandbox.json_types import Json, JsonValue
from onduty_sandbox.signals import Signal

if TYPE_CHECKING:
    from onduty_sandbox.world import Message

# A page that was away for longer reads the chats again.
KEPT_EVENTS = 10_000


@dataclass(frozen=True, slots=True)
class Event:
    """One change; a message is shown as it is when the event is read."""

    sequence: int
    kind: str
    fields: Json
    message: "Message | None"


class Feed:
    """Numbers every change and keeps the latest."""

    def __init__(self) -> None:
        self.sequence = 0
        self.changed = Signal()
        self._events: deque[Event] = deque(maxlen=KEPT_EVENTS)

    def publish(self, kind: str, message: "Message | None" = None, /, **fields: JsonValue) -> int:
        """Record a change and wake who listens; returns its number."""
        self.sequence += 1
        self._events.append(Event(self.sequence, kind, fields, message))
        self.changed.notify()
        return self.sequence

    def after(self, sequence: int) -> list[Event]:
        """The kept events with a higher number, oldest first."""
        new = min(max(self.sequence - sequence, 0), len(self._events))
        return [self._events[-index] for index in range(new, 0, -1)]
