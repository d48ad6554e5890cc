"""The chat backend is told, by real processes that die."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from chat_backend import ChatBackend, running_chat_backend
from onduty import CustomerMessage, SupportDesk
from onduty.events import Event, MessageUndeliverable
from onduty.testing import WEBHOOK_SECRET
from onduty_desk.events.queue import LEASE
from waiting import GENEROUS_S, until

from .conftest import Desk

MoveClock = Callable[[timedelta], Awaitable[None]]


@pytest.fixture
async def chat(desk: Desk) -> AsyncIterator[ChatBackend]:
    """A backend that the desk's processes know."""
    async with running_chat_backend() as chat:
        desk.environment |= {
            "ONDUTY_EVENTS_URL": chat.url,
            "ONDUTY_EVENTS_SECRET": WEBHOOK_SECRET,
        }
        yield chat


async def undeliverable(desk: Desk, redis_url: str) -> str:
    """Push a message that Telegram takes without ever answering; return its id."""
    await desk.operator(101, "Anna")
    await desk.sandbox.fault("cut_after", "sendMessage", chat_id=101, times=None)
    return SupportDesk(redis_url).notify(
        CustomerMessage(text="Hello", customer_name="Alice", recipient="The Shop")
    )


async def test_the_backend_learns_of_what_cannot_be_delivered(
    redis_url: str, desk: Desk, chat: ChatBackend
) -> None:
    """Once, signed; and a dispatcher that tells still ends as it should."""
    (dispatcher, _) = await desk.start("dispatcher", "bot")
    message_id = await undeliverable(desk, redis_url)
    await until(lambda: len(chat.received), equals=1)
    (event,) = chat.received
    assert isinstance(event, MessageUndeliverable)
    assert (event.message_id, event.conversation_id) == (message_id, message_id)
    assert await dispatcher.terminate() == 0


async def test_a_dispatcher_killed_while_it_tells_is_taken_over(
    redis_url: str, desk: Desk, chat: ChatBackend, move_clock: MoveClock
) -> None:
    """When its lease is over, another tells the same event."""
    begun, ever = asyncio.Event(), asyncio.Event()

    async def never(_: Event) -> int:
        begun.set()
        await ever.wait()
        return 200

    chat.answers = never
    (dispatcher, _) = await desk.start("dispatcher", "bot")
    await undeliverable(desk, redis_url)
    async with asyncio.timeout(GENEROUS_S):
        await begun.wait()
    await dispatcher.kill()
    chat.answers = lambda _: 200
    await desk.start("dispatcher")
    await move_clock(LEASE)
    await until(lambda: len(chat.received), equals=1)
    ever.set()
