"""What Redis says of conversations, and of which of them whoever may be forgotten."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from chaos.story import State
from onduty_desk.model.keys import (
    CLOCK,
    DUE,
    ON_DUTY,
    ChatId,
    ConversationId,
    OperatorId,
    claims_key,
    conversation_key,
    copies_key,
    deliveries_key,
    messages_key,
    waiting_key,
)

_CONVERSATION = conversation_key(ConversationId(""))


@dataclass(frozen=True)
class Known:
    """One conversation."""

    fields: Mapping[str, str]
    copies: Mapping[ChatId, Mapping[str, object]]
    round_messages: tuple[str, ...]
    """Since it was last closed."""
    shown_to: frozenset[ChatId]
    """Phones that were sent something of this round."""
    people_behind_ms: int = 0
    """So long did the clock of people stand still while Telegram was away, see reach.lua."""

    @property
    def state(self) -> State:
        owner = self.fields.get("owner")
        return self.fields.get("state", "waiting"), int(owner) if owner else None


@dataclass(frozen=True)
class Truth:
    """All of it at one moment."""

    conversations: Mapping[str, Known]
    on_duty: frozenset[ChatId]

    @property
    def states(self) -> dict[str, State]:
        return {name: known.state for name, known in self.conversations.items()}


async def read_truth(redis: Redis) -> Truth:
    """Read everything; called when nothing is on its way."""
    keys = [key async for key in redis.scan_iter(match=f"{_CONVERSATION}*", count=1000)]
    names = sorted(key.removeprefix(_CONVERSATION) for key in keys)
    on_duty = cast("list[str]", await redis.zrange(ON_DUTY, 0, -1))
    behind_ms = int(await redis.hget(CLOCK, "stopped_ms") or 0)
    return Truth(
        {name: await _read(redis, ConversationId(name), behind_ms) for name in names},
        frozenset(ChatId(int(member)) for member in on_duty),
    )


async def _read(redis: Redis, name: ConversationId, behind_ms: int) -> Known:
    fields = cast("dict[str, str]", await redis.hgetall(conversation_key(name)))
    copies = cast("dict[str, str]", await redis.hgetall(copies_key(name)))
    after = f"({fields.get('from_seq', '0')}"
    messages = cast(
        "list[str]", await redis.zrange(messages_key(name), after, "+inf", byscore=True)
    )
    async with redis.pipeline(transaction=False) as pipeline:
        for message in messages:
            pipeline.hgetall(deliveries_key(message))
        deliveries = cast("list[dict[str, str]]", await pipeline.execute())
    return Known(
        fields,
        {ChatId(int(chat)): json.loads(copy) for chat, copy in copies.items()},
        tuple(messages),
        frozenset(
            ChatId(int(chat))
            for states in deliveries
            for chat, state in states.items()
            if state.startswith("sent")
        ),
        behind_ms,
    )


async def forgotten(redis: Redis, truth: Truth) -> list[str]:
    """Return the conversations that stand in no list which would bring them back to mind."""
    found = []
    for name, known in truth.conversations.items():
        state, owner = known.state
        if state == "waiting":
            where = waiting_key(known.fields["group"])
        elif state == "claimed" and owner:
            where = claims_key(OperatorId(owner))
            if await redis.zscore(DUE, name) is None:
                found.append(f"{name} is claimed without an end")
        else:
            continue
        if await redis.zscore(where, name) is None:
            found.append(f"{name} is {state} and not in {where}")
    return found
