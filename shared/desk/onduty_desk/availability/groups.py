"""The look at each group: customers who wait and nobody is there, and what a backend may know."""

from collections.abc import Iterable

import structlog
from redis.asyncio import Redis

from onduty.wire import AVAILABILITY_KEPT_S
from onduty_desk.lua.calling import script

MOST_A_CALL = 50
"""Conversations of each group; a script blocks Redis while it runs."""

_log = structlog.get_logger()


class Groups:
    """All groups of the desk. Any number of processes may look concurrently."""

    def __init__(self, redis: Redis, groups: Iterable[str]) -> None:
        self._look = script(redis, "availability/look_at_groups")
        self._groups = tuple(groups)
        self._logged: set[str] = set()

    async def look(self, turn: str) -> None:
        """Have backend and admins told of who waits in vain; write what changed for the backend.

        An error of one group prevents no other, and is logged once.

        Args:
            turn: "five" writes all of it, whatever has changed.
        """
        is_more = "1"
        while is_more == "1":
            arguments: list[str | int] = [turn, AVAILABILITY_KEPT_S, MOST_A_CALL, *self._groups]
            is_more, wrong = await self._look(args=arguments)
            for group, error in wrong:
                if (reason := str(error)) not in self._logged:
                    self._logged.add(reason)
                    _log.error("group.broke", group=group, reason=reason)
            turn = "second"
