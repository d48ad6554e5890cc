"""Heartbeats in Redis, which `onduty health` and containers' health checks read."""

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty_desk.lua.calling import script
from onduty_desk.model.keys import PROCESSES, alive_key, unwell_key

EVERY_S = 5.0
GONE_AFTER_S = 20
_LEAVE_WITHIN_S = 1.0


def process_name(service: str) -> str:
    """Return a unique name of this process."""
    return f"{service} {socket.gethostname()} {os.getpid()}"


async def show_signs_of_life(
    redis: Redis, service: str, trouble: Callable[[], str | None] = lambda: None
) -> None:
    """Write a key that expires, every five seconds, until cancelled.

    The service's event loop writes it, so it expires if the loop hangs or Redis is away. While
    `trouble` returns a reason, that is written instead. Errors of Redis are not raised: the missing
    key shows them.
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
    """Return why the service on this host is not healthy; None if it is."""
    host = socket.gethostname()
    wrong = cast("str | None", await redis.get(unwell_key(service, host)))
    if wrong is None and not await redis.exists(alive_key(service, host)):
        wrong = "no sign of life on this host for a while; see its log"
    return wrong


async def is_alive(redis: Redis, service: str) -> bool:
    """Whether a process of the service on this host is healthy."""
    return await what_is_wrong(redis, service) is None
