"""Everything that exists in this Telegram: users, chats and messages."""

from dataclasses import dataclass, field

from onduty_sandbox.clock import Clock
from onduty_sandbox.feed import Feed
from onduty_sandbox.json_types import Json, JsonValue
from onduty_sandbox.signals import Signal


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
    edit_date: int | None = None
    deleted: bool = False
    silent: bool = False
    reactions: dict[int, str] = field(default_factory=dict)
    version: int = 0


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


class World:
    """Holds the state and tells the feed about each change of it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.feed = Feed()
        self.users: dict[int, User] = {}
        self.groups: dict[int, Chat] = {}
        self.private: dict[tuple[int, int], Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.groups_made = 0
        self.files_made = 0

    def now(self) -> int:
        """Telegram's dates are whole seconds since 1970."""
        return int(self.clock.epoch())

    def clear(self) -> None:
        """Forget all people, chats and files; what was numbered is not numbered again."""
        chats = [*self.private.values(), *self.groups.values()]
        for things in (self.users, self.groups, self.private, self.files):
            things.clear()
        self.feed.publish("reset")
        for chat in chats:
            chat.changed.notify()

    def chats(self) -> list[Chat]:
        """All chats, private ones first."""
        return [*self.private.values(), *self.groups.values()]

    def private_chat(self, bot_id: int, user: User) -> Chat:
        """The chat of that user with that bot; made when it is first needed."""
        chat = self.private.get((bot_id, user.id))
        if chat is None:
            chat = Chat(id=user.id, type="private", user=user, bot_id=bot_id)
            self.private[bot_id, user.id] = chat
        return chat

    def new_group_id(self, kind: str) -> int:
        """Groups have small negative ids, supergroups those below -1000000000000."""
        self.groups_made += 1
        return (
            -(1_000_000_000_000 + self.groups_made)
            if kind == "supergroup"
            else (-4_000_000 - self.groups_made)
        )

    def add_message(self, chat: Chat, sender: User, content: Json) -> Message:
        """Append a message; the caller fills what else it has and then calls `changed`."""
        chat.last_message_id += 1
        message = Message(chat.last_message_id, chat, sender, self.now(), content)
        chat.messages[message.message_id] = message
        return message

    def changed(self, kind: str, message: Message, **fields: JsonValue) -> None:
        """Tell everyone who looks at the chat that this message is new or different."""
        chat = message.chat
        self.feed.publish(
            kind, message, chat, chat_id=chat.id, message_id=message.message_id, **fields
        )
        chat.changed.notify()

    def chat_changed(self, kind: str, chat: Chat, **fields: JsonValue) -> None:
        """Tell everyone who looks that something about the chat itself is different."""
        self.feed.publish(kind, None, chat, chat_id=chat.id, bot_id=chat.bot_id, **fields)
        chat.changed.notify()

    def store_file(self, folder: str, name: str, data: bytes, **fields: JsonValue) -> StoredFile:
        """Keep a file under an id and a path that are never given twice."""
        number = self.files_made
        self.files_made += 1
        suffix = name.rpartition(".")[2] if "." in name else "bin"
        file_id = f"sandbox-file-{number}-{self.now()}"
        path = f"{folder}/file_{number}.{suffix}"
        stored = StoredFile(file_id, f"unique-{file_id}", path, data, fields)
        self.files[file_id] = stored
        return stored
