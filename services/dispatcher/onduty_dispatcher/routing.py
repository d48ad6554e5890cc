"""Who gets it: moves what was accepted into the outboxes of the operators on duty."""

import asyncio
import json
from collections.abc import Iterable
from datetime import timedelta
from typing import cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from onduty.message import DEFAULT_GROUP
from onduty.wire import ACCEPTED
from onduty_desk.failures import Failures
from onduty_desk.keys import ConversationId
from onduty_desk.scripts import script

MOST_DELIVERIES_A_CALL = 2_000
"""A script blocks Redis while it runs: about 10 ms for this many."""

_log = structlog.get_logger()


class Router:
    """Routes conversations, most urgent and oldest first. Any number may work side by side."""

    def __init__(
        self, redis: Redis, failures: Failures, *, groups: Iterable[str], retention: timedelta
    ) -> None:
        self._redis = redis
        self._failures = failures
        self._route = script(redis, "route")
        self._known_groups = json.dumps(dict.fromkeys(groups, 1))
        self.retention = retention
        self._one_at_a_time = asyncio.Lock()

    async def route_accepted(self) -> int:
        """Route whatever has been accepted and not routed; return how many conversations.

        Called while another call of this process is at work, it waits for that one, and then
        most often finds nothing to do.
        """
        routed = 0
        async with self._one_at_a_time:
            while conversations := cast(
                "list[ConversationId]", await self._redis.zrange(ACCEPTED, 0, 49)
            ):
                for conversation_id in conversations:
                    await self._route_one(conversation_id)
                routed += len(conversations)
        return routed

    async def _route_one(self, conversation_id: ConversationId) -> None:
        left = "more"
        while left == "more":
            try:
                left, unknown_group = await self._route(
                    args=[
                        conversation_id,
                        self._known_groups,
                        DEFAULT_GROUP,
                        int(self.retention.total_seconds()),
                        MOST_DELIVERIES_A_CALL,
                    ]
                )
            except ResponseError as error:
                await self._set_aside(conversation_id, error)
                return
            if unknown_group:
                _log.warning(
                    "conversation.unknown_group",
                    conversation=conversation_id,
                    group=unknown_group,
                    routed_to=DEFAULT_GROUP,
                )
            if left == "nobody":
                _log.info("conversation.waits", conversation=conversation_id)

    async def _set_aside(self, conversation_id: ConversationId, error: ResponseError) -> None:
        # Only an answer that speaks of the script is about this conversation; READONLY, OOM,
        # LOADING and the like are Redis's own state and pass.
        if "script" not in str(error):
            raise error
        await self._failures.record(
            f"conversation-{conversation_id}",
            {"kind": "conversation", "conversation": conversation_id, "reason": str(error)},
        )
        await self._redis.zrem(ACCEPTED, conversation_id)
