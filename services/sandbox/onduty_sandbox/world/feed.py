"""What changed in the world, in order, for a page that shows it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from onduty_sandbox.wire.json_types import Json, JsonValue
from onduty_sandbox.world.chats import Chat, Message
from onduty_sandbox.world.signals import Signal

# A page that was away for longer reads the chats again.
KEPT_EVENTS = 10_000


@dataclass(frozen=True, slots=True)
class Event:
    """One change; a message is shown as it is when the event is read."""

    sequence: int
    kind: str
    fields: Json
    message: Message | None
    chat: Chat | None


Listener = Callable[[Event], None]


class Feed:
    """Numbers every change and keeps the latest."""

    def __init__(self) -> None:
        self.sequence = 0
        self.changed = Signal()
        self.on_event: Listener | None = None
        self._events: deque[Event] = deque(maxlen=KEPT_EVENTS)

    def publish(
        self,
        kind: str,
        message: Message | None = None,
        chat: Chat | None = None,
        /,
        **fields: JsonValue,
    ) -> None:
        """Record a change, as the new version of its message and chat, and wake who listens."""
        self.sequence += 1
        event = Event(self.sequence, kind, fields, message, chat)
        self._events.append(event)
        for changed in (message, chat):
            if changed is not None:
                changed.version = event.sequence
        if self.on_event is not None:
            self.on_event(event)
        self.changed.notify()

    def after(self, sequence: int) -> list[Event]:
        """The kept events with a higher number, oldest first."""
        new = min(max(self.sequence - sequence, 0), len(self._events))
        return [self._events[-index] for index in range(new, 0, -1)]
