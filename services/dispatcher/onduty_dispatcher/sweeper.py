"""Routes what no job came for: its wake-up was lost, or somebody has come on duty since."""

import asyncio

import structlog
from redis.exceptions import RedisError

from onduty_dispatcher.jobs import Jobs

EVERY_S = 1.0

_log = structlog.get_logger()


async def sweep(jobs: Jobs, stopping: asyncio.Event) -> None:
    """Look each second until told to stop. Redis away costs the looks meanwhile, nothing else."""
    redis_is_away = False
    while not stopping.is_set():
        try:
            await jobs.route()
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
