"""Reads the lists: what waits in a group, and what an operator holds. Changes nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, cast

from redis.asyncio import Redis

from onduty import Priority
from onduty_desk.conversations.message_fields import MessageFields
from onduty_desk.lua.calling import script
from onduty_desk.model.keys import ConversationId, OperatorId, claims_key, conversation_key

ROWS_A_PAGE = 5

Which = Literal["queue", "mine"]


@dataclass(frozen=True)
class Row:
    """A conversation in a list."""

    conversation_id: ConversationId
    is_urgent: bool
    lasting: timedelta
    """For how long it has waited, or been held."""
    group: str
    customer_name: str
    text: str
    """Of the newest message; empty if it has none."""


@dataclass(frozen=True)
class Page:
    """Some rows of a list."""

    total: int
    page: int
    """From 1; the last one if there are fewer than was asked for."""
    pages: int
    rows: tuple[Row, ...]
    is_on_duty: bool
    """Whether the operator who sees the list can get cards."""
    groups: int = 1
    """Of how many groups it can have rows."""


class Lists:
    """The lists; every method raises redis-py's errors when Redis is away."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._list_page = script(redis, "conversations/commands/list_page")

    async def page(
        self,
        which: Which,
        operator_id: OperatorId,
        page: int = 1,
        rows: int = ROWS_A_PAGE,
        *,
        off_duty: Iterable[str] = (),
    ) -> Page | None:
        """Return a page of what waits in an operator's groups, or of what they hold.

        The queue of an operator off duty is that of the groups `off_duty`, without any None; what
        they hold they keep off duty too.
        """
        total, *found = await self._list_page(args=[which, operator_id, page, rows, *off_duty])
        if total == "off_duty":
            return None
        at, pages, now_ms, is_on_duty, groups, flat = found
        rows_found = tuple(_row(row, int(now_ms)) for row in flat)
        return Page(int(total), int(at), int(pages), rows_found, bool(is_on_duty), int(groups))

    async def groups_of(self, conversations: Sequence[ConversationId]) -> frozenset[str]:
        """Return the groups of conversations; those that have expired have none."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            for conversation in conversations:
                pipeline.hget(conversation_key(conversation), "group")
            return frozenset(filter(None, cast("list[str | None]", await pipeline.execute())))

    async def held(self, operators: Sequence[OperatorId]) -> dict[OperatorId, int]:
        """Count what each operator holds."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            for operator in operators:
                pipeline.zcard(claims_key(operator))
            counts = cast("list[int]", await pipeline.execute())
        return dict(zip(operators, counts, strict=True))


def _row(values: list[str], now_ms: int) -> Row:
    conversation, priority, since_ms, group, json = values
    fields = MessageFields.read(json)
    return Row(
        ConversationId(conversation),
        priority == Priority.URGENT,
        timedelta(milliseconds=max(0, now_ms - int(since_ms))),
        group,
        fields.customer_name,
        fields.text,
    )
