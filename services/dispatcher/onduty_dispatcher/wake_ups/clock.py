"""Detects that Redis's clock was set back, and whose turn it is to look for what nobody asks for.

Times stored before it was set back are too far in the future.
"""

from typing import Literal, cast

import structlog
from redis.asyncio import Redis

from onduty_desk.lua.calling import script

Turn = Literal["", "second", "five"]

_log = structlog.get_logger()


class Clock:
    """Any number of dispatchers may look concurrently: one of them corrects the times."""

    def __init__(self, redis: Redis) -> None:
        self._mend = script(redis, "process/mend_clock")

    async def look(self) -> Turn:
        """Reduce all stored times by what the clock was set back since the last look.

        Return `second` if no other dispatcher has looked within a second, `five` if it is also the
        first look in five seconds, and else an empty text.
        """
        back_ms, moments, turn = await self._mend()
        if back_ms:
            _log.warning("redis.clock_set_back", by_s=round(back_ms / 1000, 1), moments=moments)
        return cast("Turn", turn)
