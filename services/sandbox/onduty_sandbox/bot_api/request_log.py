"""Every request to the Bot API in order, so that a test can count what was sent and taken."""

from collections import deque
from dataclasses import dataclass
from itertools import islice

from onduty_sandbox.wire.json_types import Json
from onduty_sandbox.world.clock import Clock
from onduty_sandbox.world.signals import Signal

KEPT_REQUESTS = 200_000
# Who looks on reads them within a moment.
KEPT_FINISHED = 2_000
CALL_FIELDS = ("received_at", "method", "chat_id", "status", "fault", "description")
LISTENING = frozenset({"getUpdates", "getMe"})


@dataclass(slots=True)
class Entry:
    """One request; its outcome is filled in when there is one."""

    sequence: int
    received_at: float
    received_monotonic: float
    bot_id: int
    method: str
    chat_id: int | None
    parameters: Json
    status: int | None = None
    description: str | None = None
    message_id: int | None = None
    taken: bool = False
    fault: str | None = None

    def as_json(self) -> Json:
        """The entry as the control API shows it; `status` 0 means cut without an answer."""
        return {name: getattr(self, name) for name in self.__slots__}


def call_view(entry: Entry) -> Json:
    """The entry as a page needs it: without what was sent."""
    return {name: getattr(entry, name) for name in CALL_FIELDS}


class RequestLog:
    """The latest requests."""

    def __init__(self, clock: Clock, kept: int = KEPT_REQUESTS) -> None:
        self.enabled = True
        self.added = Signal()
        self._clock = clock
        self._sequence = 0
        self._entries: deque[Entry] = deque(maxlen=kept)
        self._finished: deque[Entry] = deque(maxlen=KEPT_FINISHED)
        self._finished_count = 0

    def add(self, bot_id: int, method: str, chat_id: int | None, parameters: Json) -> Entry:
        """Note a request as it comes in; when the log is off, the entry is not kept."""
        self._sequence += 1
        entry = Entry(
            self._sequence,
            self._clock.epoch(),
            self._clock.monotonic(),
            bot_id,
            method,
            chat_id,
            parameters,
        )
        if self.enabled:
            self._entries.append(entry)
            self.added.notify()
        return entry

    def finish(self, entry: Entry) -> None:
        """Note that a request has its answer."""
        if self.enabled and entry.method not in LISTENING:
            self._finished_count += 1
            self._finished.append(entry)

    def finished_after(self, count: int) -> tuple[int, list[Entry]]:
        """How many have been answered by now, and the latest of those after the first `count`."""
        new = min(self._finished_count - count, len(self._finished))
        return self._finished_count, [self._finished[-index] for index in range(new, 0, -1)]

    def after(self, sequence: int, limit: int) -> list[Entry]:
        """The kept entries with a higher number, oldest first."""
        newer = (entry for entry in self._entries if entry.sequence > sequence)
        return list(islice(newer, limit))

    def clear(self) -> None:
        """Forget the entries; the numbers go on."""
        self._entries.clear()
