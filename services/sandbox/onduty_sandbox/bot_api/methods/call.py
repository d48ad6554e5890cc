"""One call of one method, and what every method needs first: its chat and its message."""

from dataclasses import dataclass

from onduty_sandbox.bot_api.bots import Bot
from onduty_sandbox.bot_api.requests import Upload
from onduty_sandbox.bot_api.shapes import user_json
from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.wire.arguments import Arguments
from onduty_sandbox.wire.errors import bad_request, forbidden, migrated
from onduty_sandbox.wire.json_types import Json, JsonValue
from onduty_sandbox.world.chats import Chat, Message
from onduty_sandbox.world.world import World


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method returns when it succeeds."""

    result: JsonValue
    description: str | None = None
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls, and with what."""

    telegram: Telegram
    bot: Bot
    arguments: Arguments
    uploads: dict[str, Upload]
    loses_topics: bool = False
    """By a fault: Telegram puts what it sends outside of any topic, without a word."""

    @property
    def world(self) -> World:
        """The state that methods change."""
        return self.telegram.world

    def chat_id(self) -> int | None:
        """Return the chat_id if it is a number; user names of groups are not known here."""
        chat_id = self.arguments.integer("chat_id")
        return chat_id or None

    def find_user(self, user_id: int) -> Json | None:
        """Return the User that a text mentions, if there is one."""
        user = self.world.users.get(user_id)
        return user_json(user) if user else None

    def writable_chat(self) -> Chat:
        """Return the chat the bot may write to, or raise what forbids it."""
        if not self.arguments.given("chat_id"):
            raise bad_request("chat_id is empty")
        chat_id = self.chat_id()
        if chat_id is None:
            raise bad_request("chat not found")
        if chat_id < 0:
            return self._writable_group(chat_id)
        return self._writable_private_chat(chat_id)

    def count_send(self, chat: Chat) -> None:
        """Count a send or an edit against the limits, or raise 429."""
        paid = self.arguments.flag("allow_paid_broadcast")
        self.telegram.limits[self.bot.user.id].take(chat.id, paid=paid)

    def message_in(self, chat: Chat, purpose: str) -> Message:
        """Return the message that message_id names, or raise "<purpose> not found"."""
        if not self.arguments.given("message_id"):
            raise bad_request("message identifier is not specified")
        message = chat.find(self.arguments.integer("message_id"))
        if message is None:
            raise bad_request(f"{purpose} not found")
        return message

    def _writable_private_chat(self, user_id: int) -> Chat:
        if self.telegram.bot_by_id(user_id):
            raise forbidden("bot can't send messages to bots")
        user = self.world.users.get(user_id)
        if user is None:
            raise bad_request("chat not found")
        if user.deactivated:
            raise forbidden("user is deactivated")
        chat = self.world.private_chat(self.bot.user.id, user)
        if not chat.opened:
            raise forbidden("bot can't initiate conversation with a user")
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
        return chat

    def _writable_group(self, chat_id: int) -> Chat:
        chat = self.world.groups.get(chat_id)
        if chat is None:
            raise bad_request("chat not found")
        if chat.migrated_to is not None:
            raise migrated(chat.migrated_to)
        status = chat.bots.get(self.bot.user.id, "left")
        if status == "kicked":
            raise forbidden(f"bot was kicked from the {chat.type} chat")
        if status != "member":
            raise forbidden(f"bot is not a member of the {chat.type} chat")
        return chat
