"""Finds customers of an operator's group by their names. Changes nothing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from redis.asyncio import Redis

from onduty import Priority
from onduty_desk.conversations.message_fields import MessageFields
from onduty_desk.conversations.names import MOST_LOOKED_FOR, words_of
from onduty_desk.lua.calling import script
from onduty_desk.model.keys import ConversationId, OperatorId
from onduty_desk.model.words import State

MOST_FOUND = 10


@dataclass(frozen=True)
class FoundRow:
    """A conversation that was found."""

    conversation_id: ConversationId
    state: State
    owner_name: str
    """Of who answers; of a closed one, of who closed it."""
    is_theirs: bool
    """The operator who looks is its owner, or closed it."""
    is_urgent: bool
    waiting: timedelta
    """For how long the customer has waited."""
    wrote_ago: timedelta
    """How long ago the customer last wrote."""
    customer_name: str


@dataclass(frozen=True)
class Found:
    """What was found: the open ones first, then those whose customers wrote last."""

    rows: tuple[FoundRow, ...]
    more: int | None
    """How many more there are; None if they are too many to be counted."""


class Finder:
    """Looks into the index; raises redis-py's errors when Redis is away."""

    def __init__(self, redis: Redis) -> None:
        self._find = script(redis, "conversations/commands/find")

    async def find(
        self,
        operator_id: OperatorId,
        text: str,
        most: int = MOST_FOUND,
        *,
        groups: Sequence[str] = (),
    ) -> Found | None:
        """Find what an operator may see: names with words that begin so, or a conversation's id.

        None if they are off duty. With `groups` it is found in these, whatever theirs are.
        """
        wanted = text.strip()[:MOST_LOOKED_FOR]
        total, *answer = await self._find(
            args=[operator_id, wanted, most, json.dumps(list(groups)), *words_of(wanted)]
        )
        if total == "off_duty":
            return None
        now_ms, rows = answer
        found = tuple(_row(row, operator_id, int(now_ms)) for row in rows)
        return Found(found, int(total) - len(found) if total else None)


def _row(values: list[str], operator_id: OperatorId, now_ms: int) -> FoundRow:
    conversation, state, owner, name, closed_by, priority, waiting_since, wrote, newest = values
    is_closed = state == "closed"
    return FoundRow(
        ConversationId(conversation),
        cast("State", state),
        name if closed_by or not is_closed else "",
        (closed_by if is_closed else owner) == str(operator_id),
        priority == Priority.URGENT,
        _since(int(waiting_since), now_ms),
        _since(int(wrote), now_ms),
        MessageFields.read(newest).customer_name,
    )


def _since(since_ms: int, now_ms: int) -> timedelta:
    return timedelta(milliseconds=max(0, now_ms - since_ms))
