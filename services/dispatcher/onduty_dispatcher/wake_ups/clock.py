"""Detects that Redis's clock was set back: times stored before are then too far in the future."""

import structlog
from redis.asyncio import Redis

from onduty_desk.lua.calling import script

_log = structlog.get_logger()


class Clock:
    """Any number of dispatchers may look concurrently: one of them corrects the times."""

    def __init__(self, redis: Redis) -> None:
        self._mend = script(redis, "process/mend_clock")

    async def look(self) -> None:
        """Reduce all stored times by what the clock was set back since the last look."""
        back_ms, moments = await self._mend()
        if back_ms:
            _log.warning("redis.clock_set_back", by_s=round(back_ms / 1000, 1), moments=moments)
