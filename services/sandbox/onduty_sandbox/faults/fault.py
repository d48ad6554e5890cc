"""One trouble on demand: what a network, a proxy or Telegram itself may do to a request."""

from dataclasses import asdict, dataclass

from onduty_sandbox.wire.errors import (
    ApiError,
    bad_request,
    forbidden,
    migrated,
    not_found,
    too_many_requests,
)
from onduty_sandbox.wire.fault_kinds import TOPIC_KINDS, ContentType, Kind
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
    "thread_not_found": bad_request("message thread not found"),
    "topic_deleted": bad_request("TOPIC_DELETED"),
    "not_a_forum": bad_request("the chat is not a forum"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for, as far as trouble may be meant for it."""

    method: str
    chat_id: int | None
    bot_id: int
    topic_id: int | None = None

    @property
    def is_about_topics(self) -> bool:
        """Whether it names a topic or makes one."""
        return self.topic_id is not None or self.method == "createForumTopic"

    @property
    def sends_into_a_topic(self) -> bool:
        """Whether a message of it would stand in a topic."""
        sends = self.method.startswith("send") and self.method != "sendChatAction"
        return sends and self.topic_id is not None


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
    in_topics: bool = False
    """Only requests that name a topic or make one meet it."""
    topic: int | None = None

    def as_json(self) -> Json:
        """The fault as the control API shows it."""
        return asdict(self)

    @property
    def is_only_for_topics(self) -> bool:
        """Whether all else goes on as if nothing was."""
        return self.in_topics or self.topic is not None or self.kind in TOPIC_KINDS

    def meets(self, asked: Asked) -> bool:
        """Whether this request is troubled by it."""
        if self.is_only_for_topics and not asked.is_about_topics:
            return False
        if self.kind == "topic_lost" and not asked.sends_into_a_topic:
            return False
        return (
            self.method in ("*", asked.method)
            and self.chat_id in (None, asked.chat_id)
            and self.bot in (None, asked.bot_id)
            and self.topic in (None, asked.topic_id)
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
