"""What people do: write, tap, edit, delete, react, block; each act becomes an update."""

import re
from dataclasses import dataclass

from onduty_sandbox.bot_api.bots import Bot, Tap
from onduty_sandbox.bot_api.pins import pin, unpin
from onduty_sandbox.bot_api.shapes import chat_json, message_json, user_json
from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.bot_api.topics import create_topic, has_topics
from onduty_sandbox.bot_api.updates import CALLBACK_KEPT_S
from onduty_sandbox.people.buttons import button_labels, find_button
from onduty_sandbox.texts.html import utf16_length
from onduty_sandbox.texts.reading import LONGEST_TEXT, plain_text
from onduty_sandbox.wire.json_types import Json, JsonValue
from onduty_sandbox.world.chats import Chat, Message, Topic, User

# https://core.telegram.org/bots/features#deep-linking
# What Telegram calls a topic that began with a message.
UNNAMED = "New Topic"
PAYLOAD_FORM = re.compile(r"[A-Za-z0-9_-]{0,64}")


class ActError(Exception):
    """What was asked of a person makes no sense, in one sentence."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user at one chat: their own with a bot, maybe in a topic of it, or a group."""

    telegram: Telegram
    user: User
    chat: Chat
    topic_id: int | None = None

    def write(self, text: str, reply_to: int | None = None) -> Message:
        """Send a text."""
        clean, entities = plain_text(text)
        if not clean:
            raise ActError("A message needs a text.")
        if utf16_length(clean) > LONGEST_TEXT:
            raise ActError(f"A phone sends at most {LONGEST_TEXT} characters in one message.")
        content: Json = {"text": clean}
        if entities:
            content["entities"] = entities
        return self.put(content, reply_to)

    def start(self, payload: str) -> Message:
        """Press Start, or follow a deep link with its payload."""
        if not PAYLOAD_FORM.fullmatch(payload):
            raise ActError("A payload has up to 64 characters of A-Z, a-z, 0-9, _ and -.")
        return self.write(f"/start {payload}")

    def put(self, content: Json, reply_to: int | None = None) -> Message:
        """Send any content that Telegram's Message may have."""
        replied = None if reply_to is None else self._message(reply_to)
        if self.chat.blocked:
            raise ActError("This user has blocked the bot; unblock it first.")
        if self.chat.migrated_to is not None:
            raise ActError(f"This group is now the supergroup {self.chat.migrated_to}.")
        if self.chat.user is None and self.user.id not in self.chat.users:
            raise ActError("This user is not a member of the group.")
        topic_id = self._place(replied)
        self.chat.opened = True
        message = self.telegram.world.add_message(self.chat, self.user, content)
        message.topic_id = topic_id
        message.reply_to = None if self.user.no_reply_header else replied
        self.telegram.world.changed("message", message)
        self._tell("message", message)
        return message

    def edit(self, message_id: int, text: str) -> Message:
        """Change an own text."""
        message = self._own_message(message_id)
        clean, entities = plain_text(text)
        if not clean or "text" not in message.content:
            raise ActError("Only a text can be edited, and only into another text.")
        message.content = {"text": clean, **({"entities": entities} if entities else {})}
        message.edit_date = self.telegram.world.now()
        self.telegram.world.changed("message_edited", message)
        self._tell("edited_message", message)
        return message

    def delete(self, message_id: int) -> Message:
        """Delete a message; Telegram tells no bot."""
        message = self._message(message_id)
        message.deleted = True
        self.telegram.world.changed("message_deleted", message)
        return message

    def react(self, message_id: int, emoji: str | None) -> Message:
        """Set this user's reaction, or take it away."""
        message = self._message(message_id)
        old = message.reactions.pop(self.user.id, None)
        if emoji:
            message.reactions[self.user.id] = emoji
        self.telegram.world.changed("reaction", message)
        body: Json = {
            "chat": chat_json(self.chat),
            "message_id": message_id,
            "user": user_json(self.user),
            "date": self.telegram.world.now(),
            "old_reaction": _reactions(old),
            "new_reaction": _reactions(emoji),
        }
        for bot in self.telegram.bots_in(self.chat):
            bot.updates.add("message_reaction", body, self.chat.id)
        return message

    def pin(self, message_id: int) -> Message:
        """Pin a message for both sides; a bubble that says so follows."""
        message = self._message(message_id)
        if message.is_service:
            raise ActError("A message that says what somebody did cannot be pinned.")
        if not message.pinned:
            pin(self.telegram, message, self.user, silent=True)
        return message

    def unpin(self, message_id: int) -> Message:
        """Take a message from the pinned ones; Telegram tells no bot."""
        message = self._message(message_id)
        unpin(self.telegram, message)
        return message

    def tap(self, message_id: int, label: str) -> Tap:
        """Tap the button with this callback data or text; the bot's answer comes later."""
        message = self._message(message_id)
        button = find_button(message.buttons, label)
        if button is None:
            labels = ", ".join(button_labels(message.buttons)) or "none"
            raise ActError(f"Message {message_id} has no button {label!r}. Its buttons: {labels}.")
        data = button.get("callback_data")
        if not isinstance(data, str):
            raise ActError(f"The button {label!r} opens something and sends nothing to the bot.")
        bot = self.telegram.bot_by_id(message.sender.id)
        if bot is None:
            raise ActError(f"Message {message_id} is no bot's message.")
        now = self.telegram.clock.epoch()
        bot.taps_made += 1
        tap_id = str((bot.user.id << 32) + bot.taps_made)
        tap = Tap(tap_id, self.user, message, data, now + CALLBACK_KEPT_S)
        bot.taps[tap_id] = tap
        body: Json = {
            "id": tap_id,
            "from": user_json(self.user),
            "message": message_json(message),
            "chat_instance": str(-self.chat.id),
            "data": data,
        }
        bot.updates.add("callback_query", body, self.user.id)
        self.telegram.world.changed("tap", message, user_id=self.user.id, data=data)
        return tap

    def read(self) -> None:
        """Look at the chat or topic: nothing in it is new any more. Telegram tells no bot."""
        place = self.topic() or self.chat
        if place.read_up_to < self.chat.last_message_id:
            place.read_up_to = self.chat.last_message_id
            self.telegram.world.chat_changed(
                "read", self.chat, read_up_to=place.read_up_to, topic=self.topic_id
            )

    def topic(self) -> Topic | None:
        """The topic the user is in, if any; raises when it is not there."""
        if self.topic_id is None:
            return None
        topic = self.chat.topic(self.topic_id) if has_topics(self.telegram, self.chat) else None
        if topic is None:
            raise ActError(f"There is no topic {self.topic_id} in chat {self.chat.id}.")
        return topic

    def block(self, *, blocked: bool) -> None:
        """Block or unblock the bot of this private chat; asked twice, it tells once."""
        if self.chat.user is None:
            raise ActError("Only the bot of a private chat can be blocked.")
        if self.chat.blocked == blocked:
            return
        self.chat.blocked = blocked
        statuses = ("member", "kicked") if blocked else ("kicked", "member")
        for bot in self.telegram.bots_in(self.chat):
            tell_membership(self.telegram, bot, self.chat, self.user, *statuses)
        self.telegram.world.chat_changed("blocked" if blocked else "unblocked", self.chat)

    def _place(self, replied: Message | None) -> int | None:
        """In which topic a message is written: the open one, that of what it answers, or none.

        Where users may create topics, writing outside of any makes one.
        """
        topic = self.topic()
        if topic is not None or not has_topics(self.telegram, self.chat):
            return self.topic_id
        if replied is not None:
            return replied.topic_id
        if not any(bot.users_create_topics for bot in self.telegram.bots_in(self.chat)):
            return None
        new = create_topic(self.telegram, self.chat, self.user, UNNAMED, is_name_implicit=True)
        return new.id

    def _tell(self, kind: str, message: Message) -> None:
        for bot in self.telegram.bots_in(self.chat):
            if self.chat.user is not None or _is_for(bot, message):
                bot.updates.add(kind, message_json(message), self.chat.id)

    def _message(self, message_id: int) -> Message:
        message = self.chat.find(message_id)
        if message is None:
            raise ActError(f"There is no message {message_id} in chat {self.chat.id}.")
        return message

    def _own_message(self, message_id: int) -> Message:
        message = self._message(message_id)
        if message.sender.id != self.user.id:
            raise ActError(f"Message {message_id} is not this user's own.")
        return message


def tell_membership(telegram: Telegram, bot: Bot, chat: Chat, actor: User, *statuses: str) -> None:
    """Send my_chat_member: the bot's old and new status in this chat."""
    old, new = (_member(bot, status) for status in statuses)
    body: Json = {
        "chat": chat_json(chat),
        "from": user_json(actor),
        "date": telegram.world.now(),
        "old_chat_member": old,
        "new_chat_member": new,
    }
    bot.updates.add("my_chat_member", body, chat.id)


def _member(bot: Bot, status: str) -> Json:
    member: Json = {"user": user_json(bot.user), "status": status}
    if status == "kicked":
        member["until_date"] = 0
    return member


def _reactions(emoji: str | None) -> JsonValue:
    return [{"type": "emoji", "emoji": emoji}] if emoji else []


def _is_for(bot: Bot, message: Message) -> bool:
    """Whether a bot in privacy mode sees this group message.

    https://core.telegram.org/bots/features#privacy-mode
    """
    text = str(message.content.get("text", message.content.get("caption", "")))
    if message.reply_to is not None and message.reply_to.sender.id == bot.user.id:
        return True
    command, at, addressee = text.split(maxsplit=1)[0].partition("@") if text else ("", "", "")
    if command.startswith("/"):
        return not at or addressee.lower() == (bot.user.username or "").lower()
    return f"@{bot.user.username}".lower() in text.lower() or not text
