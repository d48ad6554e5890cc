"""Trouble on demand: what a network, a proxy or Telegram itself may do to a request."""

from dataclasses import asdict, dataclass, replace
from typing import Literal, get_args

from onduty_sandbox.errors import ApiError, forbidden, migrated, too_many_requests
from onduty_sandbox.json_types import Json

Kind = Literal["429", "500", "502", "slow", "cut_before", "cut_after", "403", "migrate", "html_429"]
KINDS: tuple[str, ...] = get_args(Kind)

BLOCKED = "bot was blocked by the user"
HTML_429 = "<html><head><title>429 Too Many Requests</title></head></html>"


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of trouble for the next `times` matching requests (None: until cleared)."""

    id: int
    kind: Kind
    method: str = "*"
    chat_id: int | None = None
    times: int | None = 1
    retry_after: int = 1
    delay_s: float = 0.0
    taken_first: bool = False
    migrate_to_chat_id: int | None = None

    def as_json(self) -> Json:
        """The fault as the control API shows it."""
        return asdict(self)

    def refusal(self) -> ApiError | None:
        """What is answered instead of taking the request; None for the other kinds."""
        match self.kind:
            case "429":
                return too_many_requests(self.retry_after)
            case "500":
                return ApiError(500, "Internal Server Error")
            case "502":
                return ApiError(502, "Bad Gateway")
            case "403":
                return forbidden(BLOCKED)
            case "migrate":
                return migrated(self.migrate_to_chat_id or -1_009_999_999_999)
            case _:
                return None


class Faults:
    """The troubles that wait for their requests; the oldest that fits is taken."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._made = 0

    def add(self, fault: Fault) -> Fault:
        """Let this fault wait; returns it with its id."""
        self._made += 1
        fault = replace(fault, id=self._made)
        self._waiting.append(fault)
        return fault

    def go_on_with(self, faults: list[Fault]) -> None:
        """Take these for those that wait."""
        self._waiting = list(faults)
        self._made = max((fault.id for fault in faults), default=0)

    def waiting(self) -> list[Fault]:
        """Those that still have requests to meet."""
        return list(self._waiting)

    def clear(self) -> None:
        """Forget them all."""
        self._waiting.clear()

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """Return the fault that this request meets, and count it down."""
        for index, fault in enumerate(self._waiting):
            if fault.method not in ("*", method) or fault.chat_id not in (None, chat_id):
                continue
            if fault.times is not None:
                left = replace(fault, times=fault.times - 1)
                self._waiting[index : index + 1] = [left] if left.times else []
            return fault
        return None
