"""A desk that brings answers to a chat backend: bot, dispatcher, events and reactions."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from redis.asyncio import Redis

from bot.customers import Customers, dispatching, sign_in, writing
from bot.phones import Running, Settings
from bot.replying.answering import Answering
from chat_backend import ChatBackend
from desk_at_work.event_delivering import delivering
from onduty_desk.events.queue import EventQueue
from onduty_desk.replies.reacting import Reactions
from onduty_desk.telegram.bot import build_bot
from onduty_desk.telegram.token import TokenWatch
from onduty_dispatcher.replies.showing import Showing
from onduty_sandbox.client import Phone, Sandbox

Show = Callable[[], AbstractAsyncContextManager[Showing]]
At = Callable[..., Awaitable[Answering]]


@pytest.fixture
def showing(redis: Redis, settings: Settings) -> Show:
    """Set reactions as a dispatcher does."""

    @asynccontextmanager
    async def show() -> AsyncIterator[Showing]:
        stopping = asyncio.Event()
        async with build_bot(settings()) as bot:
            shown = Showing(Reactions(redis, per_second=100), bot, TokenWatch())
            running = asyncio.create_task(shown.run(stopping))
            looking = asyncio.create_task(_wake_again_and_again(shown))
            try:
                yield shown
            finally:
                looking.cancel()
                stopping.set()
                await asyncio.wait([running])
        running.result()

    return show


async def _wake_again_and_again(shown: Showing) -> None:
    while True:
        shown.wake()
        await asyncio.sleep(0.03)


@pytest.fixture
async def wanted(redis: Redis, event_queue: EventQueue) -> None:  # noqa: ARG001 - after the flush
    """A dispatcher delivers events."""
    await event_queue.take(1)


@pytest.fixture
async def shop(
    redis: Redis,
    redis_url: str,
    sandbox: Sandbox,
    token: str,
    running: Running,
    wanted: None,  # noqa: ARG001 - it is
    showing: Show,
) -> AsyncIterator[Customers]:
    """Customers write to a desk whose events wait: `delivering` brings them to the backend."""
    async with running(), dispatching(redis, sandbox, token), showing():
        yield writing(redis_url)


@pytest.fixture
async def delivered(redis: Redis, chat: ChatBackend) -> AsyncIterator[ChatBackend]:
    """The backend takes what operators answer."""
    async with delivering(redis, chat.url):
        yield chat


@pytest.fixture
def at(redis: Redis, shop: Customers) -> At:
    """Let somebody come on duty; what they do then."""

    async def come_on(phone: Phone) -> Answering:
        await sign_in(phone)
        return Answering(phone, redis, shop)

    return come_on
