"""Routes what was accepted into the outboxes of the owner or the operators on duty."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError
from rq import Queue

from onduty.message import DEFAULT_GROUP
from onduty.wire import QUEUES, WAKE_UP_ID
from onduty_desk.conversations.name_index import NameIndex
from onduty_desk.conversations.rules import Rules
from onduty_desk.failures.failures import Failures
from onduty_desk.lua.calling import script
from onduty_desk.metrics.figures import ROUTED
from onduty_desk.model.keys import ConversationId
from onduty_desk.process.redis_away import is_of_wrong_type
from onduty_desk.process.wrong_types import set_wrong_types_aside

MOST_DELIVERIES_A_CALL = 100
"""A script blocks Redis while it runs: four milliseconds for this many."""

_log = structlog.get_logger()


class Router:
    """Routes conversations, most urgent and oldest first. Any number may work concurrently."""

    def __init__(
        self,
        redis: Redis,
        failures: Failures,
        rules: Rules,
        *,
        groups: Iterable[str],
        retention: timedelta,
    ) -> None:
        self._redis = redis
        self._failures = failures
        self._route = script(redis, "conversations/route")
        self._names = NameIndex(redis)
        self._arguments: list[str | int] = [
            rules.json,
            json.dumps(dict.fromkeys(groups, 1)),
            DEFAULT_GROUP,
            int(retention.total_seconds()),
            MOST_DELIVERIES_A_CALL,
            WAKE_UP_ID,
            *(f"{Queue.redis_queue_namespace_prefix}{name}" for name in QUEUES.values()),
        ]
        self.retention = retention
        self._one_at_a_time = asyncio.Lock()
        self.routed = 0
        self._met_a_wrong_type: set[ConversationId] = set()
        """In the previous call; another process may have set the key aside meanwhile."""

    async def route_accepted(self) -> int:
        """Route whatever has been accepted and not routed; return how many conversations.

        Concurrent calls in one process run one after the other; the later ones usually find nothing
        to do.
        """
        routed = 0
        async with self._one_at_a_time:
            is_more = "1"
            while is_more == "1":
                is_more, answers = await self._route(args=self._arguments)
                await self._set_broken_aside(answers)
                for conversation_id, left, *unknown_group in answers:
                    _log_routed(conversation_id, left, *unknown_group)
                routed += len(answers)
                self.routed += len(answers)
                ROUTED.add(by=len(answers))
        return routed

    async def index_names(self) -> None:
        """Let operators find whose messages were routed. One call at a time does it for all."""
        await self._names.catch_up()

    async def _set_broken_aside(self, answers: Sequence[Sequence[Any]]) -> None:
        """Set aside what routing failed at: a conversation, or a key of a wrong type.

        Raises the error if it is a key of the whole desk: then no conversation is the cause. A
        conversation whose key of a wrong type has been set aside is routed again.
        """
        broken = {id_: left for id_, left, *_ in answers if isinstance(left, ResponseError)}
        of_wrong_type = {id_: error for id_, error in broken.items() if is_of_wrong_type(error)}
        wrong = await set_wrong_types_aside(self._redis) if of_wrong_type else []
        if any(key.owner == "desk" for key in wrong):
            raise next(iter(of_wrong_type.values()))
        for conversation_id, error in broken.items():
            is_to_be_tried = conversation_id in of_wrong_type and (
                bool(wrong) or conversation_id not in self._met_a_wrong_type
            )
            if not is_to_be_tried:
                await self._failures.set_aside(conversation_id, str(error))
        self._met_a_wrong_type = set(of_wrong_type)


def _log_routed(
    conversation_id: ConversationId, left: str | ResponseError, unknown_group: str = ""
) -> None:
    if left == "nobody":
        _log.info("conversation.waits", conversation=conversation_id)
    if unknown_group:
        _log.warning(
            "conversation.unknown_group",
            conversation=conversation_id,
            group=unknown_group,
            routed_to=DEFAULT_GROUP,
        )
