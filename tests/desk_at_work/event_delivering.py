"""Delivers events to a test's chat backend, and looks at what is left of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from redis.asyncio import Redis

from desk_at_work.at_work import RETENTION
from onduty.testing import WEBHOOK_SECRET
from onduty_desk.events.queue import LEASE, DueEvent, EventQueue
from onduty_desk.model.event_keys import EVENTS_WANTED
from onduty_dispatcher.events.delivery import (
    EventDelivery,
)
from onduty_dispatcher.events.webhook import EventWebhook

EmitEvents = Callable[..., Awaitable[None]]
LEASE_IS_OVER = LEASE + timedelta(seconds=1)


@asynccontextmanager
async def delivering(
    redis: Redis,
    url: str,
    *,
    timeout_s: float = 10,
    most_in_flight: int = 50,
    secret: str = WEBHOOK_SECRET,
) -> AsyncIterator[asyncio.Event]:
    """Deliver events as a dispatcher does, until the block ends."""
    stopping = asyncio.Event()
    async with EventWebhook(url, secret, timeout_s=timeout_s) as webhook:
        backend = EventDelivery(
            EventQueue(redis, retention=RETENTION),
            webhook,
            most_in_flight=most_in_flight,
            look_every=timedelta(milliseconds=20),  # the clock is moved, not waited for
        )
        running = asyncio.create_task(backend.run(stopping))
        try:
            yield stopping
        finally:
            stopping.set()
            await asyncio.wait([running])
    running.result()


async def nothing_is_left(redis: Redis) -> bool:
    return await redis.keys("onduty:events*") == [EVENTS_WANTED]


async def take_one(event_queue: EventQueue) -> DueEvent:
    (event,), _ = await event_queue.take(10)
    return event


async def more_in(event_queue: EventQueue) -> timedelta:
    due, pause = await event_queue.take(10)
    assert due == []
    assert pause is not None
    return pause
