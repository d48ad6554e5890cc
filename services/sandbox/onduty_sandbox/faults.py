"""Trouble on demand: what a network, a proxy or Telegram itself may do to a request."""

from dataclasses import asdict, dataclass, replace
from typing import Literal, get_args

from onduty_sandbox.clock import Clock
from onduty_sandbox.errors import ApiError, forbidden, migrated, not_found, too_many_requests
from onduty_sandbox.json_types import Json
from onduty_sandbox.signals import Signal

Kind = Literal[
    "429",
    "500",
    "502",
    "401",
    "404",
    "403",
    "migrate",
    "slow",
    "cut_before",
    "cut_after",
    "html_429",
    "page",
    "half_body",
    "long_header",
    "bad_status_line",
    "redirect",
    "redirect_loop",
    "hang",
    "refuse",
]
KINDS: tuple[str, ...] = get_args(Kind)
ContentType = Literal["text/html", "text/plain", "application/json"]
CONTENT_TYPES: tuple[str, ...] = get_args(ContentType)
# With what status a page may come, and a redirect.
PAGE_STATUSES = frozenset({200, 400, 403, 404, 429, 500, 502, 503, 504})
REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})

REFUSALS = {
    "401": ApiError(401, "Unauthorized"),
    "403": forbidden("bot was blocked by the user"),
    "404": not_found(),
    "500": ApiError(500, "Internal Server Error"),
    "502": ApiError(502, "Bad Gateway"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of trouble for the next `times` matching requests (None: until cleared).

    With `ends_at` (seconds since 1970) it is over then, however few requests it has met.
    """

    id: int
    kind: Kind
    method: str = "*"
    chat_id: int | None = None
    times: int | None = 1
    retry_after: int = 1
    delay_s: float = 0.0
    taken_first: bool = False
    migrate_to_chat_id: int | None = None
    bot: int | None = None
    status: int | None = None
    content_type: ContentType = "text/html"
    ends_at: float | None = None

    def as_json(self) -> Json:
        """The fault as the control API shows it."""
        return asdict(self)

    def meets(self, method: str, chat_id: int | None, bot_id: int) -> bool:
        """Whether this request is troubled by it."""
        return (
            self.method in ("*", method)
            and self.chat_id in (None, chat_id)
            and self.bot in (None, bot_id)
        )

    def refusal(self) -> ApiError | None:
        """What is answered instead of taking the request; None for the other kinds."""
        match self.kind:
            case "429":
                return too_many_requests(self.retry_after)
            case "migrate":
                return migrated(self.migrate_to_chat_id or -1_009_999_999_999)
            case kind:
                return REFUSALS.get(kind)


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

    def take(self, method: str, chat_id: int | None, bot_id: int) -> Fault | None:
        """Return the fault that this request meets, and count it down."""
        self.drop_ended()
        for index, fault in enumerate(self._waiting):
            if not fault.meets(method, chat_id, bot_id):
                continue
            if fault.times is not None:
                left = replace(fault, times=fault.times - 1)
                self._waiting[index : index + 1] = [left] if left.times else []
            return fault
        return None

    def outage(self, method: str, chat_id: int | None, bot_id: int) -> Fault | None:
        """Return the fault that also ends a request which is open already: one that lasts."""
        fitting = (it for it in self.waiting() if it.meets(method, chat_id, bot_id))
        first = next(fitting, None)
        lasts = first is not None and first.times is None and first.kind != "slow"
        return first if lasts else None

    def nothing_listens(self) -> bool:
        """Whether connections are refused now."""
        return any(fault.kind == "refuse" and fault.times is None for fault in self.waiting())

    def telegram_is_away(self) -> bool:
        """Whether it is Telegram itself that is not there, so that it brings no updates either."""
        away = (it for it in self.waiting() if it.kind in ("refuse", "hang") and it.times is None)
        return any(it.method == "*" and it.chat_id is None for it in away)

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
