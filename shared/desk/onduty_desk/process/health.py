"""A sign of life that a container's health check can read."""

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty_desk.lua.loader import script
from onduty_desk.model.keys import PROCESSES, alive_key, unwell_key

EVERY_S = 5.0
GONE_AFTER_S = 20
_LEAVE_WITHIN_S = 1.0


def process_name(service: str) -> str:
    """Return what tells this process from all others."""
    return f"{service} {socket.gethostname()} {os.getpid()}"


async def show_signs_of_life(
    redis: Redis, service: str, trouble: Callable[[], str | None] = lambda: None
) -> None:
    """Write a key that expires, every five seconds, until cancelled.

    It is written by the service's event loop, so a loop that hangs, or a Redis that is away,
    lets it expire. While there is a `trouble` of this process alone, that is written in its place.
    Redis's own failures are not raised: they are what the missing key tells.
    """
    host, wrote_trouble = socket.gethostname(), False
    show = script(redis, "process/sign_of_life")
    key, name = alive_key(service, host), process_name(service)
    try:
        while True:
            with suppress(RedisError, OSError):
                if wrong := trouble():
                    await redis.set(unwell_key(service, host), wrong, ex=GONE_AFTER_S)
                    wrote_trouble = True
                else:
                    await show(args=[key, name, GONE_AFTER_S])
                    if wrote_trouble:
                        await redis.delete(unwell_key(service, host))
                    wrote_trouble = False
            await asyncio.sleep(EVERY_S)
    finally:
        with suppress(RedisError, OSError):
            async with asyncio.timeout(_LEAVE_WITHIN_S):
                await redis.zrem(PROCESSES, name)


async def what_is_wrong(redis: Redis, service: str) -> str | None:
    """Say why the service on this host is not healthy; None if it is."""
    host = socket.gethostname()
    wrong = cast("str | None", await redis.get(unwell_key(service, host)))
    if wrong is None and not await redis.exists(alive_key(service, host)):
        wrong = "no sign of life on this host for a while; see its log"
    return wrong


async def is_alive(redis: Redis, service: str) -> bool:
    """Say whether a process of the service on this host works."""
    return await what_is_wrong(redis, service) is None
