"""Answers from Telegram, by real processes that die at each step of their way."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from time import monotonic

import pytest

from chat_backend import ChatBackend, running_chat_backend
from onduty import CustomerMessage, SupportDesk
from onduty.events import ReplySent
from onduty.testing import WEBHOOK_SECRET
from onduty_desk.events.queue import LEASE
from onduty_sandbox.client import Phone
from waiting import until

from .conftest import Desk

MoveClock = Callable[[timedelta], Awaitable[None]]
BLINK_S = 5.0
"""Far more than the 20 ms that it takes, far less than what a lost wake-up would cost in sum."""


@pytest.fixture
async def chat(desk: Desk) -> AsyncIterator[ChatBackend]:
    async with running_chat_backend() as chat:
        desk.environment |= {
            "ONDUTY_EVENTS_URL": chat.url,
            "ONDUTY_EVENTS_SECRET": WEBHOOK_SECRET,
        }
        yield chat


def replies(chat: ChatBackend) -> list[str]:
    return [event.text for event in chat.received if isinstance(event, ReplySent)]


async def write(redis_url: str, phone: Phone) -> int:
    """Let Alice write; return her card."""
    SupportDesk(redis_url).notify(
        CustomerMessage(
            text="Hello?", customer_name="Alice", recipient="The Shop", conversation_id="c1"
        )
    )
    return (await phone.wait_for("Hello?")).message_id


async def shows(phone: Phone, message_id: int, emoji: str) -> None:
    async def reaction() -> str:
        (found,) = [m for m in await phone.messages() if m.message_id == message_id]
        return "".join(found.reactions.values())

    await until(reaction, equals=emoji)


async def test_the_whole_circle(redis_url: str, desk: Desk, chat: ChatBackend) -> None:
    """Customer, card, answer, backend, and the operator sees that it arrived."""
    await desk.start("dispatcher", "bot")
    anna = await desk.operator(101, "Anna")
    card = await write(redis_url, anna)
    began = monotonic()
    for number in range(3):
        sent = await anna.send(f"answer {number}", reply_to=card)
        await until(lambda: len(replies(chat)), equals=number + 1)
        await shows(anna, sent, "👍")
    assert monotonic() - began < 3 * BLINK_S
    assert replies(chat) == [f"answer {number}" for number in range(3)]


async def test_all_are_killed_while_an_answer_is_on_its_way(
    redis_url: str, desk: Desk, chat: ChatBackend, move_clock: MoveClock
) -> None:
    """It comes by whoever is next, once by its id, and its author sees the truth."""
    chat.answers = lambda _: 500
    bot, dispatcher = await desk.start("bot", "dispatcher")
    anna = await desk.operator(101, "Anna")
    card = await write(redis_url, anna)
    sent = await anna.send("Hello", reply_to=card)
    await shows(anna, sent, "👀")
    await dispatcher.kill()
    await bot.kill()
    late = await anna.send("And this", reply_to=card)
    chat.answers = lambda _: 200
    await desk.start("bot", "dispatcher")
    await move_clock(LEASE * 2)
    await shows(anna, sent, "👍")
    await shows(anna, late, "👍")
    assert replies(chat) == ["Hello", "And this"]


async def test_a_bot_killed_with_the_update_in_hand(
    redis_url: str, desk: Desk, chat: ChatBackend, move_clock: MoveClock
) -> None:
    """Again and again: the answer is sent once, and none is lost."""
    await desk.start("dispatcher")
    (bot,) = await desk.start("bot")
    anna = await desk.operator(101, "Anna")
    card = await write(redis_url, anna)
    sent = []
    for number in range(3):
        sent.append(await anna.send(f"{number}", reply_to=card))
        await bot.kill()
        (bot,) = desk.begin("bot")
        await move_clock(timedelta(seconds=15 * (number + 1)))
    for message_id in sent:
        await shows(anna, message_id, "👍")
    assert replies(chat) == ["0", "1", "2"]
