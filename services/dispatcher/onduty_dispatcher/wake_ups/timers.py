"""Runs the due timers of conversations: nudge, end of a lease, ring that waits, idle close."""

from typing import cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from onduty_desk.conversations.rules import Rules
from onduty_desk.lua.calling import script
from onduty_desk.process.redis_away import is_of_wrong_type
from onduty_desk.process.wrong_types import set_wrong_types_aside

MOST_A_CALL = 100

_log = structlog.get_logger()


class Timers:
    """The timers of all conversations. Any number of processes may run them concurrently."""

    def __init__(self, redis: Redis, rules: Rules) -> None:
        self._redis = redis
        self._look = script(redis, "conversations/timers")
        self._rules = rules.json

    async def look(self) -> None:
        """Run what is due. An error affects one conversation: retried, and set aside in the end."""
        is_wrong = False
        while True:
            next_ms, done = await self._look(args=[self._rules, MOST_A_CALL])
            for conversation_id, what in cast("list[tuple[str, str | ResponseError]]", done):
                if isinstance(what, ResponseError) and is_of_wrong_type(what):
                    is_wrong = True
                elif isinstance(what, ResponseError):
                    _log.error("conversation.broke", conversation=conversation_id, reason=str(what))
                elif what in {"nudged", "returned", "closed", "escalated"}:
                    _log.info(f"conversation.{what}", conversation=conversation_id)
            if next_ms != "0" or not done:
                break
        if is_wrong:
            await set_wrong_types_aside(self._redis)
