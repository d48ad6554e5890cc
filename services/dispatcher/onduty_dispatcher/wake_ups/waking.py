"""Hears of what the bot has changed, so that cards are drawn at once and not a second later.

Nothing depends on it: a word that is missed is made up for by the look each second.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty_desk.model.keys import WAKE
from onduty_desk.process.outage import Outage
from onduty_desk.process.redis_away import PAUSE_S


async def listen(
    redis: Redis, wake: Callable[[], Awaitable[None]], stopping: asyncio.Event, outage: Outage
) -> None:
    """Call `wake` after each change, many at once as one, until told to stop.

    While Redis cannot, what it told may come from a server that is the master no more: afterwards
    it is asked anew.
    """
    while not stopping.is_set():
        try:
            await _listen(redis, wake, stopping, outage)
        except (RedisError, OSError) as error:
            outage.began(error)
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
