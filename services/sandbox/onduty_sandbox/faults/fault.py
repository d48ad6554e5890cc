"""One trouble on demand: what a network, a proxy or Telegram itself may do to a request."""

from dataclasses import asdict, dataclass

from onduty_sandbox.wire.errors import ApiError, forbidden, migrated, not_found, too_many_requests
from onduty_sandbox.wire.fault_kinds import ContentType, Kind
from onduty_sandbox.wire.json_types import Json

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
