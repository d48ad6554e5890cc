"""Writes every change down, so that a Telegram that is started again goes on where it was.

Kept: people, chats, messages, files, pending updates, what bots set up, limits, latency, faults.
Not kept: the log of requests, taps that no bot has answered yet, and that strangers write.
"""

import base64
from collections import UserDict
from dataclasses import asdict

from onduty_sandbox.bot_api.bots import Bot
from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.bot_api.updates import Update
from onduty_sandbox.state.store import Store
from onduty_sandbox.wire.json_types import Json, as_object
from onduty_sandbox.world.chats import Chat, Message
from onduty_sandbox.world.feed import Event

# Fields of a chat that are plain values.
CHAT_FIELDS = (
    *("id", "type", "title", "bot_id", "opened", "blocked", "bots", "last_message_id"),
    *("read_up_to", "migrated_to", "last_action", "version"),
)
MESSAGE_FIELDS = (
    *("message_id", "date", "content", "buttons", "keyboard", "edit_date", "deleted", "silent"),
    *("reactions", "version", "pinned", "topic_id", "written_monotonic"),
)


class Keeper:
    """Hears of every change and writes what is different now."""

    def __init__(self, telegram: Telegram, store: Store) -> None:
        self._telegram = telegram
        self._store = store
        self._files_kept = len(telegram.world.files)

    def hear(self, event: Event) -> None:
        """Write what this event is about."""
        match event.kind:
            case "reset":
                self._keep_only_bots()
            case "user":
                user = as_object(event.fields["user"])
                self._store.put("user", str(user["id"]), user)
            case "faults" | "limits" | "latency":
                self._store.put("running", event.kind, event.fields)
            case "commands" | "webhook" | "allowed_updates" | "tap" | "topics":
                for bot in self._telegram.bots.values():
                    self._store.put("bot", str(bot.user.id), _bot_row(bot))
        if event.message is not None:
            self._keep_message(event.message)
        if event.chat is not None:
            self._store.put("chat", event.chat.key, _chat_row(event.chat))
        world = self._telegram.world
        numbers: Json = {
            "sequence": event.sequence,
            "groups_made": world.groups_made,
            "files_made": world.files_made,
        }
        self._store.put("numbers", "", numbers)

    def _keep_message(self, message: Message) -> None:
        self._keep_files()
        key = f"{message.chat.key}/{message.message_id}"
        self._store.put("message", key, _message_row(message))

    def _keep_files(self) -> None:
        files = list(self._telegram.world.files.values())
        for stored in files[self._files_kept :]:
            row = {**asdict(stored), "data": base64.b64encode(stored.data).decode()}
            self._store.put("file", stored.file_id, row)
        self._files_kept = len(files)

    def _keep_only_bots(self) -> None:
        self._store.clear()
        self._files_kept = 0
        numbers: Json = dict(self._telegram.world.last_message_ids)
        self._store.put("last_message_ids", "", numbers)
        for bot in self._telegram.bots.values():
            self._store.put("bot", str(bot.user.id), _bot_row(bot))


class KeptUpdates(UserDict[int, Update]):
    """A bot's pending updates, each written down until it is confirmed."""

    def __init__(self, store: Store, bot_id: int, known: dict[int, Update]) -> None:
        super().__init__()
        self.data.update(known)
        self._store = store
        self._bot_id = bot_id

    def __setitem__(self, update_id: int, update: Update) -> None:
        self._store.put("update", self._key(update_id), {**asdict(update), "bot_id": self._bot_id})
        # Confirmed ones leave no trace, and no number may come twice: a bot would overlook it.
        self._store.put("last_update", str(self._bot_id), {"update_id": update_id})
        super().__setitem__(update_id, update)

    def __delitem__(self, update_id: int) -> None:
        super().__delitem__(update_id)
        self._store.drop("update", self._key(update_id))

    def _key(self, update_id: int) -> str:
        return f"{self._bot_id}/{update_id}"


def _chat_row(chat: Chat) -> Json:
    row: Json = {name: getattr(chat, name) for name in CHAT_FIELDS}
    row["user"] = chat.user.id if chat.user else None
    row["users"] = list(chat.users)
    row["topics"] = [topic.as_json() for topic in chat.topics.values()]
    return row


def _message_row(message: Message) -> Json:
    row: Json = {name: getattr(message, name) for name in MESSAGE_FIELDS}
    row["chat"] = message.chat.key
    row["sender"] = message.sender.id
    row["reply_to"] = message.reply_to.message_id if message.reply_to else None
    return row


def _bot_row(bot: Bot) -> Json:
    webhook = bot.webhook
    return {
        "taps_made": bot.taps_made,
        "commands": [[*key, menu] for key, menu in bot.commands.items()],
        "descriptions": dict(bot.descriptions),
        "short_descriptions": dict(bot.short_descriptions),
        "has_topics": bot.has_topics,
        "users_create_topics": bot.users_create_topics,
        "allowed": None if bot.updates.allowed is None else sorted(bot.updates.allowed),
        "webhook": asdict(webhook.settings) if webhook else None,
    }
