"""Customers who did not write on the page: `onduty send`, or a backend of the reader's."""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import cast

from pydantic import ValidationError
from redis.asyncio import Redis

from onduty import CustomerMessage
from onduty.wire import ACCEPTED
from onduty_demo.shop.conversations import Conversations
from onduty_desk.model.keys import (
    ConversationId,
    OperatorId,
    claims_key,
    inbox_key,
    message_key,
    messages_key,
    waiting_key,
)

_MOST_AT_ONCE = 60


async def find_others(
    redis: Redis,
    conversations: Conversations,
    on_duty: Sequence[int],
    groups: Iterable[str],
    shown: str,
) -> None:
    """Show conversations that the desk has and the page has not, and what is new in the one shown.

    A second call finds nothing new.
    """
    async with conversations.looking:
        new = await _new(redis, conversations, on_duty, groups)
        for conversation in [*new, *([shown] if await conversations.knows(shown) else [])]:
            known = {str(line["id"]) for line in await conversations.kept(conversation)}
            ids = await _message_ids(redis, ConversationId(conversation))
            messages = await _messages(redis, [it for it in ids if it not in known])
            if messages:
                await conversations.remember(*messages)


async def _new(
    redis: Redis, conversations: Conversations, on_duty: Sequence[int], groups: Iterable[str]
) -> list[str]:
    """Open conversations that were never here."""
    last = _MOST_AT_ONCE - 1
    async with redis.pipeline(transaction=False) as together:
        together.zrange(ACCEPTED, 0, last)
        for group in groups:
            together.zrange(waiting_key(group), 0, last)
        for operator in on_duty:
            together.zrange(claims_key(OperatorId(operator)), 0, last)
        found = cast("list[list[str]]", await together.execute())
    ids = list(dict.fromkeys(conversation for each in found for conversation in each))
    return (await conversations.unknown(ids))[:_MOST_AT_ONCE]


async def _message_ids(redis: Redis, conversation: ConversationId) -> list[str]:
    """Its newest messages in order: those that are routed, then those that are not."""
    async with redis.pipeline(transaction=False) as together:
        together.zrange(messages_key(conversation), -_MOST_AT_ONCE, -1)
        together.lrange(inbox_key(conversation), 0, _MOST_AT_ONCE - 1)
        routed, waiting = cast("list[list[str]]", await together.execute())
    entries = [json.loads(entry) for entry in waiting]
    return [*routed, *(entry[1] for entry in entries if entry[0] == "message")]


async def _messages(redis: Redis, ids: Sequence[str]) -> list[CustomerMessage]:
    """Those that can be read; the desk puts the others into its failed list."""
    messages = []
    for source in await redis.mget([message_key(it) for it in ids]) if ids else []:
        with suppress(ValidationError):
            messages.append(CustomerMessage.model_validate_json(source or ""))
    return messages
