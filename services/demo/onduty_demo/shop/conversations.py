"""What The Shop's customers wrote and what they were answered; kept in Redis, as all else is."""

import json
import time
from typing import TYPE_CHECKING, cast

from redis.asyncio import Redis

from onduty import AsyncSupportDesk, CustomerMessage
from onduty.events import (
    ConversationClaimed,
    ConversationClosed,
    ConversationDelegated,
    ConversationReleased,
    Event,
    ReplySent,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CONVERSATIONS = "onduty-demo:conversations"
"""Sorted set: conversations by when they began (ms)."""
_NAMES = "onduty-demo:names"
"""Hash: conversation → its customer."""
_MOST_CONVERSATIONS = 60
_MOST_LINES = 200


Line = dict[str, str | int]
"""One line of a conversation: id, kind (customer, operator, note), by, text, at_ms."""


class Conversations:
    """The Shop's side of the desk."""

    def __init__(self, redis: Redis, desk: AsyncSupportDesk) -> None:
        self._redis = redis
        self._desk = desk

    async def say(self, *messages: CustomerMessage) -> None:
        """Hand customers' messages to the desk, and remember them once it has them.

        Raises:
            DeskUnavailable: the desk took none of them; nothing is remembered.
        """
        await self._desk.notify_many(messages)
        now_ms = _now_ms()
        async with self._redis.pipeline(transaction=True) as together:
            for message in messages:
                conversation = message.conversation_id
                together.zadd(_CONVERSATIONS, {conversation: now_ms}, nx=True)
                together.hset(_NAMES, conversation, message.customer_name)
                line: Line = {
                    "id": message.id,
                    "kind": "customer",
                    "by": message.customer_name,
                    "text": message.text,
                    "at_ms": now_ms,
                }
                _append(together, conversation, line)
            await together.execute()
        await self._forget_the_oldest()

    async def hear(self, event: Event) -> None:
        """Show the customer what the desk tells; told twice, it is shown once."""
        kind, text = _as_shown(event)
        if not text or await self._redis.hget(_NAMES, event.conversation_id) is None:
            return
        shown = await self._redis.zadd(
            f"onduty-demo:heard:{event.conversation_id}", {event.id: _now_ms()}, nx=True
        )
        if not shown:
            return
        line: Line = {
            "id": event.id,
            "kind": kind,
            "by": event.operator.name if event.operator else "",
            "text": text,
            "at_ms": _now_ms(),
        }
        async with self._redis.pipeline(transaction=True) as together:
            _append(together, event.conversation_id, line)
            await together.execute()

    async def names(self) -> list[tuple[str, str]]:
        """Every conversation and its customer, oldest first."""
        ids = cast("Sequence[str]", await self._redis.zrange(_CONVERSATIONS, 0, -1))
        names = cast("Mapping[str, str]", await self._redis.hgetall(_NAMES))
        return [(conversation, names.get(conversation, "")) for conversation in ids]

    async def lines(self, conversation: str) -> list[Line]:
        """The conversation, oldest line first."""
        found = cast("Sequence[str]", await self._redis.lrange(_lines_key(conversation), 0, -1))
        return [cast("Line", json.loads(line)) for line in found]

    async def _forget_the_oldest(self) -> None:
        old = cast(
            "Sequence[str]",
            await self._redis.zrange(_CONVERSATIONS, 0, -_MOST_CONVERSATIONS - 1),
        )
        if not old:
            return
        async with self._redis.pipeline(transaction=True) as together:
            together.zrem(_CONVERSATIONS, *old)
            together.hdel(_NAMES, *old)
            for conversation in old:
                together.delete(_lines_key(conversation), f"onduty-demo:heard:{conversation}")
            await together.execute()


def _as_shown(event: Event) -> tuple[str, str]:
    match event:
        case ReplySent(text=text):
            return "operator", text
        case ConversationClaimed(operator=operator) | ConversationDelegated(operator=operator):
            return "note", f"{operator.name} is answering"
        case ConversationReleased():
            return "note", "Waiting for an operator again"
        case ConversationClosed():
            return "note", "The conversation was closed"
        case _:
            return "note", ""


def _append(together: Redis, conversation: str, line: Line) -> None:
    together.rpush(_lines_key(conversation), json.dumps(line))
    together.ltrim(_lines_key(conversation), -_MOST_LINES, -1)


def _lines_key(conversation: str) -> str:
    """List: the conversation's lines as JSON."""
    return f"onduty-demo:lines:{conversation}"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
