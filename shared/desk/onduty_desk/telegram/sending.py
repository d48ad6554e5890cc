"""Sends a card by python-telegram-bot's HTTP, but without building its objects.

`Bot.send_message` makes a `Message` of each answer, with chat, sender and entities, to be asked
for nothing but its id: with its own handling of defaults that is a third of all the processor
time of a send. Errors are raised as it raises them.
"""

from telegram.constants import ParseMode
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from onduty_desk.keys import ChatId
from onduty_desk.telegram.bot import Bot

_NO_PREVIEW = '{"is_disabled":true}'


async def send_text(
    bot: Bot, chat_id: ChatId, text: str, *, parse_mode: ParseMode | None, is_paid: bool
) -> int:
    """Send a text without link previews; return its message id.

    The Bot's rate limiter is not asked: a dispatcher has its slot before it comes here.
    """
    parameters = {"chat_id": str(chat_id), "text": text, "link_preview_options": _NO_PREVIEW}
    if parse_mode:
        parameters["parse_mode"] = parse_mode.value
    if is_paid:
        parameters["allow_paid_broadcast"] = "true"
    message = await bot.request.post(
        f"{bot.base_url}/sendMessage",
        RequestData([RequestParameter(name, value, None) for name, value in parameters.items()]),
    )
    assert isinstance(message, dict)  # noqa: S101 - "On success, the sent Message is returned"
    return int(message["message_id"])
