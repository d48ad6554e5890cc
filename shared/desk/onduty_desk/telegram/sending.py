"""Sends and draws cards by python-telegram-bot's HTTP, but without building its objects.

`Bot.send_message` makes a `Message` of each answer, with chat, sender and entities, to be asked
for nothing but its id: with its own handling of defaults that is a third of all the processor
time of a send. Errors are raised as it raises them.
"""

from dataclasses import dataclass

from telegram.constants import ParseMode
from telegram.error import NetworkError
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from onduty_desk.model.keys import ChatId
from onduty_desk.telegram.bot import Bot

_NO_PREVIEW = '{"is_disabled":true}'


@dataclass(frozen=True)
class Text:
    """What is written: the words, how they are marked up, and the buttons below (as JSON)."""

    text: str
    parse_mode: ParseMode | None = None
    keyboard: str | None = None


async def send_text(  # noqa: PLR0913 - Telegram's own parameters, by name
    bot: Bot,
    chat_id: ChatId,
    text: Text,
    *,
    is_paid: bool,
    reply_to: int | None = None,
    is_silent: bool = False,
) -> int:
    """Send a text without link previews; return its message id.

    A message that is replied to may have been deleted: then it is sent all the same. The Bot's
    rate limiter is not asked: a dispatcher has its slot before it comes here.
    """
    parameters = {"chat_id": str(chat_id), **_parameters(text)}
    if reply_to:
        parameters["reply_parameters"] = (
            f'{{"message_id":{reply_to},"allow_sending_without_reply":true}}'
        )
    if is_silent:
        parameters["disable_notification"] = "true"
    if is_paid:
        parameters["allow_paid_broadcast"] = "true"
    match await _post(bot, "sendMessage", parameters):
        case {"message_id": int(message_id)}:
            return message_id
        case _:  # "On success, the sent Message is returned": nobody knows what this is
            raise NetworkError("the answer holds no message id")


async def edit_text(bot: Bot, chat_id: ChatId, message_id: int, text: Text) -> int:
    """Write a message of ours anew; return its id."""
    await _post(bot, "editMessageText", _message(chat_id, message_id) | _parameters(text))
    return message_id


async def strip_buttons(bot: Bot, chat_id: ChatId, message_id: int) -> int:
    """Take the buttons off a message of ours; return its id."""
    await _post(bot, "editMessageReplyMarkup", _message(chat_id, message_id))
    return message_id


async def remove_message(bot: Bot, chat_id: ChatId, message_id: int) -> int:
    """Delete a message of ours; return its id. Telegram allows it for 48 hours."""
    await _post(bot, "deleteMessage", _message(chat_id, message_id))
    return message_id


def _message(chat_id: ChatId, message_id: int) -> dict[str, str]:
    return {"chat_id": str(chat_id), "message_id": str(message_id)}


def _parameters(text: Text) -> dict[str, str]:
    parameters = {"text": text.text, "link_preview_options": _NO_PREVIEW}
    if text.parse_mode:
        parameters["parse_mode"] = text.parse_mode.value
    if text.keyboard:
        parameters["reply_markup"] = text.keyboard
    return parameters


async def _post(bot: Bot, method: str, parameters: dict[str, str]) -> object:
    data = RequestData([RequestParameter(name, value, None) for name, value in parameters.items()])
    return await bot.request.post(f"{bot.base_url}/{method}", data)
