"""Operators who pause: on duty, and not available."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, cast

from redis.asyncio import Redis

from onduty_desk.conversations.rules import Rules
from onduty_desk.lua.calling import script
from onduty_desk.lua.durations import in_ms
from onduty_desk.model.keys import OperatorId
from onduty_desk.model.roster_keys import PAUSED_FOR_MISSING, PAUSES_OVER


@dataclass(frozen=True)
class Paused:
    """They are paused now."""

    until: datetime | None
    """None: until they come back. Later if Telegram is away meanwhile."""


@dataclass(frozen=True)
class Back:
    """They are available again."""


@dataclass(frozen=True)
class OffDuty:
    """They are off duty; nothing has changed."""


class Pauses:
    """Pauses and ends of them; each is one script, and a repeated update gets the same answer."""

    def __init__(self, redis: Redis, rules: Rules) -> None:
        self._redis = redis
        self._rules = rules.json
        self._pause = script(redis, "availability/pause")
        self._come_back = script(redis, "availability/come_back")

    async def pause(
        self, operator_id: OperatorId, *, update_id: int, lasting: timedelta | None = None
    ) -> Paused | Back | OffDuty:
        """Pause for a time; without one until they come back, or come back if they are paused."""
        for_ms = "" if lasting is None else in_ms(lasting)
        found = await self._pause(args=[self._rules, update_id, operator_id, for_ms])
        match cast("list[str]", found):
            case ["paused", "0"]:
                return Paused(None)
            case ["paused", until_ms]:
                return Paused(datetime.fromtimestamp(int(until_ms) / 1000, UTC))
            case ["back"]:
                return Back()
            case ["off_duty"]:
                return OffDuty()
            case other:
                raise ValueError(f"pause.lua returned {other}")

    async def come_back(
        self, operator_id: OperatorId, *, update_id: int
    ) -> Literal["back", "available", "off_duty"]:
        """End a pause; "available" if they were not paused."""
        result = await self._come_back(args=[self._rules, update_id, operator_id])
        return cast('Literal["back", "available", "off_duty"]', result)

    async def over(self) -> dict[OperatorId, str]:
        """Return whose pause has run out and who are not yet told, each with when that was."""
        found = await self._redis.hgetall(PAUSES_OVER)
        return {OperatorId(int(operator)): str(when) for operator, when in found.items()}

    async def mark_told(self, operator_id: OperatorId) -> None:
        """Remove an operator from `over`."""
        await self._redis.hdel(PAUSES_OVER, str(operator_id))

    async def for_missing(self) -> dict[OperatorId, str]:
        """Return who were paused because they missed offers and are not yet told, with when."""
        found = await self._redis.hgetall(PAUSED_FOR_MISSING)
        return {OperatorId(int(operator)): str(when) for operator, when in found.items()}

    async def mark_told_of_missing(self, operator_id: OperatorId) -> None:
        """Remove an operator from `for_missing`."""
        await self._redis.hdel(PAUSED_FOR_MISSING, str(operator_id))
