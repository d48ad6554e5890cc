"""What The Shop's customers wrote and what became of it, in Redis; answers are the web chat's."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from redis.asyncio import Redis

from onduty import CustomerMessage
from onduty.events import (
    ConversationClaimed,
    ConversationClosed,
    ConversationDelegated,
    ConversationReleased,
    Event,
    Operator,
)
from onduty.message import DEFAULT_GROUP
from onduty_demo.shop.web_chat import Line, WebChat

if TYPE_CHECKING:
    from redis.asyncio.client import Pipeline

_CONVERSATIONS = "onduty-demo:conversations"
"""Sorted set: conversations by when they began (ms)."""
_NAMES = "onduty-demo:names"
"""Hash: conversation → its customer."""
_GROUPS = "onduty-demo:groups"
"""Hash: conversation → the group that its customer writes to."""
_FORGOTTEN = "onduty-demo:forgotten"
"""Sorted set: conversations that gave way to newer ones, by when (ms)."""
_MOST_CONVERSATIONS = 60
_MOST_FORGOTTEN = 2_000
_MOST_LINES = 200


class Conversations:
    """The Shop's side of the desk."""

    def __init__(self, redis: Redis, web_chat: WebChat) -> None:
        self._redis = redis
        self._web_chat = web_chat
        self.looking = asyncio.Lock()
        """Held by who looks for conversations elsewhere: none is found that is being forgotten."""

    async def say(self, *messages: CustomerMessage) -> None:
        """Have the web chat push customers' messages, and remember them once the desk has them.

        Raises:
            ClientError: the web chat does not answer.
            DeskUnavailable: the desk did not take all of them.
        """
        await self._web_chat.push(*messages)
        await self.remember(*messages)

    async def remember(self, *messages: CustomerMessage) -> None:
        """Show messages that the desk has, whoever pushed them; a second call changes nothing."""
        now_ms = _now_ms()
        async with self._redis.pipeline(transaction=True) as together:
            for message in messages:
                conversation = message.conversation_id
                together.zadd(_heard_key(conversation), {message.id: now_ms}, nx=True)
            is_new = await together.execute()
        async with self._redis.pipeline(transaction=True) as together:
            for message, new in zip(messages, is_new, strict=True):
                conversation = message.conversation_id
                together.zadd(_CONVERSATIONS, {conversation: now_ms}, nx=True)
                together.hset(_NAMES, conversation, message.customer_name)
                together.hset(_GROUPS, conversation, message.group)
                together.zrem(_FORGOTTEN, conversation)
                line: Line = {
                    "id": message.id,
                    "kind": "customer",
                    "by": message.customer_name,
                    "text": message.text,
                    "at_ms": now_ms,
                }
                if new:
                    _append(together, conversation, line)
            await together.execute()
        await self._forget_the_oldest()

    async def hear(self, event: Event) -> None:
        """Show the customer what the desk tells; told twice, it is shown once.

        What operators answered, the web chat shows.
        """
        text = _as_shown(event)
        if not text or await self._redis.hget(_NAMES, event.conversation_id) is None:
            return
        shown = await self._redis.zadd(
            _heard_key(event.conversation_id), {event.id: _now_ms()}, nx=True
        )
        if not shown:
            return
        line: Line = {
            "id": event.id,
            "kind": "note",
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

    async def group(self, conversation: str) -> str:
        """Return the group that its customer writes to."""
        return cast("str | None", await self._redis.hget(_GROUPS, conversation)) or DEFAULT_GROUP

    async def knows(self, conversation: str) -> bool:
        """Whether it is shown here."""
        return await self._redis.zscore(_CONVERSATIONS, conversation) is not None

    async def unknown(self, conversations: Sequence[str]) -> list[str]:
        """Those of them that were never here; one that gave way to newer ones was."""
        if not conversations:
            return []
        async with self._redis.pipeline(transaction=False) as together:
            for conversation in conversations:
                together.zscore(_CONVERSATIONS, conversation)
                together.zscore(_FORGOTTEN, conversation)
            places = await together.execute()
        known = zip(conversations, places[::2], places[1::2], strict=True)
        return [it for it, here, before in known if here is None and before is None]

    async def kept(self, conversation: str) -> list[Line]:
        """The conversation without what operators answered, oldest line first."""
        found = cast("Sequence[str]", await self._redis.lrange(_lines_key(conversation), 0, -1))
        return [cast("Line", json.loads(line)) for line in found]

    async def lines(self, conversation: str) -> list[Line]:
        """The conversation, oldest line first."""
        kept = await self.kept(conversation)
        answers = await self._web_chat.answers(conversation) if kept else []
        return sorted([*kept, *answers], key=lambda line: int(line["at_ms"]))

    async def forget_all(self) -> None:
        """Forget every customer; what the desk knows of them stays with the desk."""
        async with self.looking:
            ids = cast("Sequence[str]", await self._redis.zrange(_CONVERSATIONS, 0, -1))
            await self._forget(ids)

    async def _forget_the_oldest(self) -> None:
        old = cast(
            "Sequence[str]",
            await self._redis.zrange(_CONVERSATIONS, 0, -_MOST_CONVERSATIONS - 1),
        )
        await self._forget(old)

    async def _forget(self, conversations: Sequence[str]) -> None:
        if not conversations:
            return
        async with self._redis.pipeline(transaction=True) as together:
            together.zrem(_CONVERSATIONS, *conversations)
            together.hdel(_NAMES, *conversations)
            together.hdel(_GROUPS, *conversations)
            together.zadd(_FORGOTTEN, dict.fromkeys(conversations, _now_ms()))
            together.zremrangebyrank(_FORGOTTEN, 0, -_MOST_FORGOTTEN - 1)
            for conversation in conversations:
                together.delete(_lines_key(conversation), _heard_key(conversation))
            await together.execute()


def _as_shown(event: Event) -> str:
    match event:
        case ConversationClaimed(operator=by) | ConversationDelegated(operator=Operator() as by):
            return f"{by.name} is answering"
        case ConversationReleased() | ConversationDelegated():
            return "Waiting for an operator again"
        case ConversationClosed():
            return "The conversation was closed"
        case _:
            return ""


def _append(together: "Pipeline", conversation: str, line: Line) -> None:
    together.rpush(_lines_key(conversation), json.dumps(line))
    together.ltrim(_lines_key(conversation), -_MOST_LINES, -1)


def _lines_key(conversation: str) -> str:
    """List: the conversation's lines as JSON."""
    return f"onduty-demo:lines:{conversation}"


def _heard_key(conversation: str) -> str:
    """Sorted set: ids of what its lines show, by when it was heard (ms)."""
    return f"onduty-demo:heard:{conversation}"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
