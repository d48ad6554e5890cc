"""A sign of life that a container's health check can read."""

import asyncio
import socket
from contextlib import suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty_desk.keys import alive_key

EVERY_S = 5.0
GONE_AFTER_S = 20


async def show_signs_of_life(redis: Redis, service: str) -> None:
    """Write a key that expires, every five seconds, until cancelled.

    It is written by the service's event loop, so a loop that hangs, or a Redis that is away,
    lets it expire. Redis's own failures are not raised: they are what the missing key tells.
    """
    key = alive_key(service, socket.gethostname())
    while True:
        with suppress(RedisError, OSError):
            await redis.set(key, "1", ex=GONE_AFTER_S)
        await asyncio.sleep(EVERY_S)


async def is_alive(redis: Redis, service: str) -> bool:
    """Say whether a process of the service on this host has shown a sign of life lately."""
    return bool(await redis.exists(alive_key(service, socket.gethostname())))
