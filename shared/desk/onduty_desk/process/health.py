"""Each process writes its readiness to Redis, where `onduty health` and health checks read it.

By process, under an id of its own: of four dispatchers on one host, three that have stopped show.
The keys of a host (`alive_key`, `unwell_key`) are for the `onduty health` of the last release.
"""

import asyncio
import json
import os
import secrets
import socket
import time
from contextlib import suppress
from importlib.metadata import version

from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty_desk.lua.calling import script
from onduty_desk.metrics.counting import Service
from onduty_desk.metrics.figures import REDIS_ROUND_TRIPS
from onduty_desk.model.keys import PROCESS_IDS, PROCESSES, alive_key, process_key, unwell_key
from onduty_desk.process.readiness import Readiness

EVERY_S = 5.0
GONE_AFTER_S = 20
KEPT_S = 600
"""How long a process that gave no sign of life is remembered, so that its end is noticed."""

_LEAVE_WITHIN_S = 1.0


def process_name(service: str) -> str:
    """Return a unique name of this process."""
    return f"{service} {socket.gethostname()} {os.getpid()}"


async def show_signs_of_life(
    redis: Redis, service: Service, readiness: Readiness, **others: str
) -> None:
    """Write that this process lives, and whether it is ready, every five seconds until cancelled.

    The service's event loop writes it, so it gets old if the loop hangs or Redis is away. Errors of
    Redis are not raised: what is missing shows them. At the end what was written is removed.

    Args:
        redis: where it is written.
        service: of which this is a process.
        readiness: asked each time.
        others: what else to write about this process, see `process.judging.Process`.
    """
    host, process_id = socket.gethostname(), secrets.token_hex(8)
    about: dict[str, object] = {
        "service": service,
        "host": host,
        "pid": os.getpid(),
        "version": version(f"onduty-{service}"),
        **others,
    }
    show = script(redis, "process/sign_of_life")
    name = process_name(service)
    try:
        while True:
            began = time.monotonic()
            with suppress(RedisError, OSError):
                wrong = readiness.trouble or ""
                record = json.dumps({**about, "trouble": wrong})
                keys = (alive_key(service, host), unwell_key(service, host))
                await show(args=[*keys, name, GONE_AFTER_S, process_id, record, wrong, KEPT_S])
                REDIS_ROUND_TRIPS.note(time.monotonic() - began)
                readiness.wrote()
            await asyncio.sleep(EVERY_S)
    finally:
        with suppress(RedisError, OSError):
            async with asyncio.timeout(_LEAVE_WITHIN_S):
                await redis.zrem(PROCESSES, name)
                await redis.zrem(PROCESS_IDS, process_id)
                await redis.delete(process_key(process_id))
