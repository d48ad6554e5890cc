"""An operator's own limit: how many conversations they want to own at once."""

from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from onduty_desk.lua.calling import script
from onduty_desk.model.keys import OperatorId

MOST = 1_000


@dataclass(frozen=True)
class Limit:
    """The limit of an operator on duty, and what they own."""

    most: int
    """0: none."""
    owned: int


class Limits:
    """Kept while an operator is on duty, in their own record; `/off` ends it."""

    def __init__(self, redis: Redis) -> None:
        self._set = script(redis, "roster/set_limit")

    async def find(self, operator_id: OperatorId) -> Limit | None:
        """Return an operator's limit; None if they are off duty."""
        return await self._call(operator_id, "")

    async def set(self, operator_id: OperatorId, most: int) -> Limit | None:
        """Set it, 0 for none, and return it; None if they are off duty.

        Nothing that they own is taken away; `conversations/capacity.lua` holds them to it.
        """
        return await self._call(operator_id, most)

    async def _call(self, operator_id: OperatorId, most: int | str) -> Limit | None:
        found = cast("list[str]", await self._set(args=[operator_id, most]))
        return Limit(*map(int, found)) if found else None
