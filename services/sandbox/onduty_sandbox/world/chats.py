"""Who is there and what they wrote: users, chats, messages and files."""

from dataclasses import asdict, dataclass, field

from onduty_sandbox.wire.json_types import Json
from onduty_sandbox.world.signals import Signal

# What a message has that is no writing but says what somebody did.
SERVICE = frozenset({"pinned_message", "forum_topic_created", "forum_topic_edited"})


@dataclass(slots=True)
class User:
    """A person, or the account of a bot."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    deactivated: bool = False
    is_bot: bool = False
    # One of many, made by `strangers`; the page shows no phone for them.
    stranger: bool = False
    # Of an app that loses which message another one answers.
    no_reply_header: bool = False


@dataclass(slots=True)
class Message:
    """One message of a chat; `content` holds Telegram's own fields (text, entities, photo…)."""

    message_id: int
    chat: "Chat"
    sender: User
    date: int
    content: Json
    buttons: Json | None = None
    keyboard: Json | None = None
    reply_to: "Message | None" = None
    topic_id: int | None = None
    edit_date: int | None = None
    deleted: bool = False
    silent: bool = False
    pinned: bool = False
    reactions: dict[int, str] = field(default_factory=dict)
    version: int = 0
    written_monotonic: float = 0.0
    """By a clock that never goes back while the machine is on."""

    @property
    def is_service(self) -> bool:
        """Whether it is no writing but says what somebody did."""
        return not SERVICE.isdisjoint(self.content)


@dataclass(slots=True)
class Topic:
    """A topic of a private chat; its id is that of the message that says it was created."""

    id: int
    name: str
    icon_color: int
    icon_custom_emoji_id: str | None = None
    is_name_implicit: bool = False
    deleted: bool = False
    read_up_to: int = 0
    last_action: str | None = None

    def as_json(self) -> Json:
        """The topic as the control API shows it and a state file keeps it."""
        return asdict(self)


@dataclass(slots=True)
class Chat:
    """A private chat of one user with one bot, or a group that all its members share."""

    id: int
    type: str
    title: str | None = None
    user: User | None = None
    bot_id: int | None = None
    opened: bool = False
    blocked: bool = False
    users: dict[int, User] = field(default_factory=dict)
    bots: dict[int, str] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    last_message_id: int = 0
    read_up_to: int = 0
    migrated_to: int | None = None
    last_action: str | None = None
    version: int = 0
    changed: Signal = field(default_factory=Signal)

    def find(self, message_id: int) -> Message | None:
        """Return the message if it is there and not deleted."""
        message = self.messages.get(message_id)
        return None if message is None or message.deleted else message

    def topic(self, topic_id: int) -> Topic | None:
        """Return the topic if it is there and not deleted."""
        topic = self.topics.get(topic_id)
        return None if topic is None or topic.deleted else topic

    @property
    def pinned(self) -> "list[Message]":
        """The pinned messages, newest first by the time they were written."""
        there = (message for message in reversed(self.messages.values()) if message.pinned)
        return [message for message in there if not message.deleted]

    @property
    def key(self) -> str:
        """What tells this chat from all others of this Telegram."""
        return str(self.id) if self.bot_id is None else f"{self.bot_id}:{self.id}"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What was uploaded, by a bot or a user."""

    file_id: str
    unique_id: str
    path: str
    data: bytes
    fields: Json
