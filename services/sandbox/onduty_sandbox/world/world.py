"""Everything that exists in this Telegram, and the feed that tells about its changes."""

from dataclasses import asdict

from onduty_sandbox.wire.json_types import Json, JsonValue
from onduty_sandbox.world.chats import Chat, Message, StoredFile, User
from onduty_sandbox.world.clock import Clock
from onduty_sandbox.world.feed import Feed


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
        # Of private chats that were forgotten: key → the newest message's id.
        self.last_message_ids: dict[str, int] = {}

    def now(self) -> int:
        """Telegram's dates are whole seconds since 1970."""
        return int(self.clock.epoch())

    def clear(self) -> None:
        """Forget all people, chats and files; what was numbered is not numbered again."""
        chats = [*self.private.values(), *self.groups.values()]
        self.last_message_ids |= {chat.key: chat.last_message_id for chat in self.private.values()}
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
            chat.last_message_id = self.last_message_ids.get(chat.key, 0)
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
        message.written_monotonic = self.clock.monotonic()
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

    def user_changed(self, user: User) -> None:
        """Tell everyone who looks that a person is new or has other names."""
        self.feed.publish("user", user=asdict(user))

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
