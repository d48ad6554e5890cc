"""Notices a Redis clock that was set back: moments that were written by it lie too far ahead."""

import structlog
from redis.asyncio import Redis

from onduty_desk.lua.loader import script

_log = structlog.get_logger()


class Clock:
    """Any number of dispatchers may look side by side: one of them mends it."""

    def __init__(self, redis: Redis) -> None:
        self._mend = script(redis, "process/mend_clock")

    async def look(self) -> None:
        """Bring all moments down by as much as the clock has gone back since the last look."""
        back_ms, moments = await self._mend()
        if back_ms:
            _log.warning("redis.clock_set_back", by_s=round(back_ms / 1000, 1), moments=moments)
