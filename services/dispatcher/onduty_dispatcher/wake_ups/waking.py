"""Listens for changes that the bot publishes, so that cards are edited at once, not a second later.

Nothing depends on it: a missed notification is made up for by the sweeper's look each second.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from redis.asyncio import Redis

from onduty_desk.model.keys import WAKE
from onduty_desk.process.outage import Outage
from onduty_desk.process.redis_away import PAUSE_S


async def listen(
    redis: Redis, wake: Callable[[], Awaitable[None]], stopping: asyncio.Event, outage: Outage
) -> None:
    """Call `wake` after each change, once for several at once, until `stopping` is set.

    After an outage it subscribes again, because the old connection may lead to a server that is no
    longer the master.
    """
    while not stopping.is_set():
        with outage.reported():
            await _listen(redis, wake, stopping, outage)
        await _wait(stopping)


async def _wait(stopping: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(PAUSE_S):
            await stopping.wait()


async def _listen(
    redis: Redis, wake: Callable[[], Awaitable[None]], stopping: asyncio.Event, outage: Outage
) -> None:
    async with redis.pubsub(ignore_subscribe_messages=True) as channel:
        await channel.subscribe(WAKE)
        while not stopping.is_set() and not outage.is_on:
            if await channel.get_message(timeout=PAUSE_S) is None:
                continue
            while await channel.get_message(timeout=0):
                pass
            await wake()
