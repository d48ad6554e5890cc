"""The names by which customers know operators."""

from typing import Literal, cast

from redis.asyncio import Redis

from onduty_desk.lua.calling import script
from onduty_desk.model.keys import OperatorId

MOST = 64
"""Characters of such a name."""


class SpeakingNames:
    """Chosen by operators on duty; kept when they go off, until a year has passed without use.

    Events to the backend name the operator so. Colleagues know them by their name in Telegram.
    """

    def __init__(self, redis: Redis) -> None:
        self._speak_as = script(redis, "roster/speak_as")

    async def find(self, operator_id: OperatorId) -> str | None:
        """Return the name that was chosen, "" for none; None if they are off duty."""
        return await self._call(operator_id, "show")

    async def set(self, operator_id: OperatorId, name: str) -> str | None:
        """Choose a name, "" for none, and return it; None, and no change, if they are off duty."""
        return await self._call(operator_id, "set" if name else "clear", name)

    async def _call(
        self, operator_id: OperatorId, verb: Literal["set", "clear", "show"], name: str = ""
    ) -> str | None:
        found = await self._speak_as(args=[operator_id, verb, name])
        is_on, chosen = cast("tuple[int, str]", found)
        return chosen if is_on else None
