"""What a person does at a phone, and what they then see."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from onduty_desk.boards.buttons import BOARD_MINE
from onduty_desk.settings import BotSettings
from onduty_sandbox.client import ChatMessage, Phone
from waiting import GENEROUS_S

Settings = Callable[..., BotSettings]
Running = Callable[..., AbstractAsyncContextManager[None]]
Deliver = Callable[..., Awaitable[int]]


async def answers(phone: Phone) -> list[str]:
    """Return what the bot has written there, oldest first."""
    return _answers(await phone.messages())


def _answers(messages: list[ChatMessage]) -> list[str]:
    return [shown.text for shown in messages if shown.from_bot and not is_about_a_board(shown)]


def is_about_a_board(message: ChatMessage) -> bool:
    """Whether it is a board, or the bubble about its pin; either comes when nothing else does."""
    data = [button.callback_data for row in message.buttons for button in row]
    return message.pins is not None or BOARD_MINE in data


async def own(phone: Phone) -> list[str]:
    """Return what is left there of the person's own messages."""
    shown = [one for one in await phone.messages() if not one.deleted and not one.from_bot]
    return [one.text for one in shown]


async def ask(phone: Phone, text: str, *, reply_to: int | None = None) -> str:
    """Send a text and return the bot's next message."""
    seen = len(await answers(phone))
    await phone.send(text, reply_to=reply_to)
    return await next_answer(phone, seen)


async def next_answer(phone: Phone, seen: int) -> str:
    """Return the first answer after `seen` of them."""

    def found(messages: list[ChatMessage]) -> str | None:
        return next(iter(_answers(messages)[seen:]), None)

    return await phone.wait_until(found, GENEROUS_S)


async def sign_in(phone: Phone, phrase: str = "open sesame") -> str:
    """Send /on and the phrase."""
    await ask(phone, "/on")
    return await ask(phone, phrase)
