"""Does what no job came for: a wake-up was lost, a lease has ended, somebody has come on duty."""

import asyncio

import structlog
from redis.exceptions import RedisError

from onduty_dispatcher.abandoned import Abandoned
from onduty_dispatcher.jobs import Jobs
from onduty_dispatcher.moments import Moments

EVERY_S = 1.0
ABANDONED_EVERY = 5
"""Looks: what a killed lane had in hand is no more than five seconds late."""

_log = structlog.get_logger()


async def sweep(
    jobs: Jobs, abandoned: Abandoned, moments: Moments, stopping: asyncio.Event
) -> None:
    """Look each second until told to stop. Redis away costs the looks meanwhile, nothing else."""
    redis_is_away, look = False, 0
    while not stopping.is_set():
        try:
            await moments.look()
            await jobs.route()
            if (look := look + 1) % ABANDONED_EVERY == 0:
                await abandoned.take_over()
            redis_is_away = False
        except (RedisError, OSError) as error:
            if not redis_is_away:
                _log.warning("sweep.redis_away", reason=str(error))
            redis_is_away = True
        try:
            async with asyncio.timeout(EVERY_S):
                await stopping.wait()
        except TimeoutError:
            continue
