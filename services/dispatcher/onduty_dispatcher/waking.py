"""Hears of what the bot has changed, so that cards are drawn at once and not a second later.

Nothing depends on it: a word that is missed is made up for by the look each second.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty_desk.keys import WAKE

PAUSE_S = 1.0

_log = structlog.get_logger()


async def listen(
    redis: Redis, wake: Callable[[], Awaitable[None]], stopping: asyncio.Event
) -> None:
    """Call `wake` after each change, many at once as one, until told to stop."""
    while not stopping.is_set():
        try:
            await _listen(redis, wake, stopping)
        except (RedisError, OSError) as error:
            _log.debug("waking.redis_away", reason=str(error))
            await asyncio.sleep(PAUSE_S)


async def _listen(
    redis: Redis, wake: Callable[[], Awaitable[None]], stopping: asyncio.Event
) -> None:
    async with redis.pubsub(ignore_subscribe_messages=True) as channel:
        await channel.subscribe(WAKE)
        while not stopping.is_set():
            if await channel.get_message(timeout=PAUSE_S) is None:
                continue
            while await channel.get_message(timeout=0):
                pass
            await wake()
