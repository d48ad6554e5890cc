"""Sends and edits messages by the transport of `Bot`, without building its objects.

`Bot.send_message` builds a `Message` from each answer, with chat, sender and entities, though only
the id is needed: with its handling of defaults that is a third of the processor time of a send. The
errors are python-telegram-bot's.

Many phones get the same card, so its part of the request is encoded once.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from telegram.constants import ParseMode
from telegram.error import NetworkError, TelegramError

from onduty_desk.model.keys import ChatId
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.transport import AiohttpRequest

_NO_PREVIEW = '{"is_disabled":true}'


@dataclass(frozen=True)
class Text:
    """The text of a message, its markup, and its buttons (as JSON)."""

    text: str
    parse_mode: ParseMode | None = None
    keyboard: str | None = None


class Misplaced(TelegramError):  # noqa: N818 - it is not refused, only elsewhere
    """A message for a topic came elsewhere: Telegram does so if the topic has been deleted."""

    def __init__(self, message_id: int) -> None:
        super().__init__("it came outside of its topic")
        self.message_id = message_id


async def send_text(  # noqa: PLR0913 - Telegram's own parameters, by name
    bot: Bot,
    chat_id: ChatId,
    text: Text,
    *,
    is_paid: bool,
    reply_to: int | None = None,
    is_silent: bool = False,
    thread: int = 0,
) -> int:
    """Send a text without link previews, into a topic if `thread` is one; return its message id.

    It is sent even if the message that it replies to has been deleted. The Bot's rate limiter is
    not used: a dispatcher has its slot before it calls this. Raises `Misplaced` if it has come, but
    not into its topic.
    """
    parameters = {"chat_id": str(chat_id)}
    if thread:
        parameters["message_thread_id"] = str(thread)
    if reply_to:
        parameters["reply_parameters"] = (
            f'{{"message_id":{reply_to},"allow_sending_without_reply":true}}'
        )
    if is_silent:
        parameters["disable_notification"] = "true"
    if is_paid:
        parameters["allow_paid_broadcast"] = "true"
    match await _post(bot, "sendMessage", parameters, text):
        case {"message_id": int(message_id), "message_thread_id": int(came)} if thread == came:
            return message_id
        case {"message_id": int(message_id)} if thread:
            raise Misplaced(message_id)
        case {"message_id": int(message_id)}:
            return message_id
        case _:  # the Bot API promises the sent Message: the outcome is unknown
            raise NetworkError("the answer holds no message id")


async def edit_text(bot: Bot, chat_id: ChatId, message_id: int, text: Text) -> int:
    """Replace the text and buttons of a message of ours; return its id."""
    await _post(bot, "editMessageText", _message(chat_id, message_id), text)
    return message_id


async def clear_keyboard(bot: Bot, chat_id: ChatId, message_id: int) -> int:
    """Take the buttons off a message of ours; return its id."""
    await _post(bot, "editMessageReplyMarkup", _message(chat_id, message_id))
    return message_id


async def delete_message(bot: Bot, chat_id: ChatId, message_id: int) -> int:
    """Delete a message of ours; return its id. Telegram allows it for 48 hours."""
    await _post(bot, "deleteMessage", _message(chat_id, message_id))
    return message_id


async def pin_message(bot: Bot, chat_id: ChatId, message_id: int) -> int:
    """Pin a message without a sound; return its id."""
    parameters = _message(chat_id, message_id) | {"disable_notification": "true"}
    await _post(bot, "pinChatMessage", parameters)
    return message_id


async def unpin_message(bot: Bot, chat_id: ChatId, message_id: int) -> int:
    """Take a message from the pinned ones; return its id."""
    await _post(bot, "unpinChatMessage", _message(chat_id, message_id))
    return message_id


async def delete_messages(bot: Bot, chat_id: ChatId, message_ids: Sequence[int]) -> int:
    """Delete up to 100 messages of ours; return the first id. Others than those there are skipped.

    Nobody is told of those that are 48 hours old: they stay.
    """
    parameters = {"chat_id": str(chat_id), "message_ids": json.dumps(list(message_ids))}
    await _post(bot, "deleteMessages", parameters)
    return message_ids[0]


async def set_reaction(bot: Bot, chat_id: ChatId, message_id: int, emoji: str) -> int:
    """Set the bot's one reaction on a message, or take it away if `emoji` is empty; return its id.

    Telegram takes only some emoji, see ReactionTypeEmoji in the Bot API.
    """
    reaction = json.dumps([{"type": "emoji", "emoji": emoji}] if emoji else [])
    parameters = _message(chat_id, message_id) | {"reaction": reaction}
    await _post(bot, "setMessageReaction", parameters)
    return message_id


async def show_typing(bot: Bot, chat_id: ChatId, thread: int = 0) -> int:
    """Show that somebody is writing, for five seconds at most; return 0, as there is no message."""
    where = _thread(chat_id, thread) if thread else {"chat_id": str(chat_id)}
    await _post(bot, "sendChatAction", where | {"action": "typing"})
    return 0


async def create_topic(bot: Bot, chat_id: ChatId, name: str) -> int:
    """Make a topic in a private chat; return its thread. A name has 1 to 128 characters."""
    parameters = {"chat_id": str(chat_id), "name": name}
    match await _post(bot, "createForumTopic", parameters):
        case {"message_thread_id": int(thread)}:
            return thread
        case _:  # the Bot API promises the ForumTopic: the outcome is unknown
            raise NetworkError("the answer holds no thread")


async def rename_topic(bot: Bot, chat_id: ChatId, thread: int, name: str) -> int:
    """Call a topic something else; return its thread."""
    await _post(bot, "editForumTopic", _thread(chat_id, thread) | {"name": name})
    return thread


async def delete_topic(bot: Bot, chat_id: ChatId, thread: int) -> int:
    """Delete a topic with all its messages; return its thread."""
    await _post(bot, "deleteForumTopic", _thread(chat_id, thread))
    return thread


def _thread(chat_id: ChatId, thread: int) -> dict[str, str]:
    return {"chat_id": str(chat_id), "message_thread_id": str(thread)}


def _message(chat_id: ChatId, message_id: int) -> dict[str, str]:
    return {"chat_id": str(chat_id), "message_id": str(message_id)}


@lru_cache(maxsize=64)
def _json_of(text: Text) -> str:
    parameters = {"text": text.text, "link_preview_options": _NO_PREVIEW}
    if text.parse_mode:
        parameters["parse_mode"] = text.parse_mode.value
    if text.keyboard:
        parameters["reply_markup"] = text.keyboard
    return json.dumps(parameters)


async def _post(
    bot: Bot, method: str, parameters: dict[str, str], text: Text | None = None
) -> object:
    encoded = json.dumps(parameters)
    if text:
        encoded = f"{encoded[:-1]}, {_json_of(text)[1:]}"
    assert isinstance(bot.request, AiohttpRequest)  # noqa: S101 - `build_bot` has given it that
    return await bot.request.call(f"{bot.base_url}/{method}", encoded.encode())
