"""What Redis says of conversations, and of which of them whoever may be forgotten."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from redis.asyncio import Redis

from chaos.story import State
from onduty_desk.model.keys import (
    CLOCK,
    DUE,
    OFFERS_DUE,
    RINGS_DUE,
    ChatId,
    ConversationId,
    OperatorId,
    claims_key,
    conversation_key,
    copies_key,
    deliveries_key,
    messages_key,
    offers_key,
    waiting_key,
)
from onduty_desk.model.roster_keys import GROUP_RULES, ON_DUTY, PAUSED, duty_key

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
    routing: str = "everyone"
    """Of its group."""

    @property
    def state(self) -> State:
        owner = self.fields.get("owner")
        return self.fields.get("state", "waiting"), int(owner) if owner else None

    @property
    def asked_by_desk(self) -> ChatId | None:
        """Who alone can take it, while it waits in a group that assigns."""
        to, by = self.fields.get("pass_to"), self.fields.get("pass_by")
        is_kept = self.routing == "assigned" and self.state[0] == "waiting"
        return (
            ChatId(int(to)) if to and by == "" and is_kept and "rung" not in self.fields else None
        )

    @property
    def goes_on(self) -> bool:
        """Whether it is looked at again, for whom it rings or asks next.

        Not where nobody was there for it: whoever comes is shown what waits.
        """
        is_for_some = self.fields.get("rung", "all") != "all" or (
            self.routing == "assigned" and "rung" not in self.fields
        )
        is_put_off = {"answered", "first_until_ms"} & self.fields.keys()
        since = self.fields.get("waiting_since_ms", "0")
        is_attended = self.fields.get("unattended_for") != since
        return self.state[0] == "waiting" and is_for_some and is_attended and not is_put_off

    @property
    def can_be_declined(self) -> bool:
        """Whether it rings in waves, and goes on to the next when declined."""
        return self.routing == "waves" and self.state[0] == "waiting" and "rung" in self.fields


@dataclass(frozen=True)
class Truth:
    """All of it at one moment."""

    conversations: Mapping[str, Known]
    on_duty: frozenset[ChatId]
    members: Mapping[str, frozenset[ChatId]] = field(default_factory=dict)
    """Those on duty in each group; of one that is not here all are."""
    paused: frozenset[ChatId] = frozenset()

    def is_on(self, chat: ChatId, known: Known) -> bool:
        """Whether somebody is on duty in the group of a conversation."""
        return chat in self.members.get(known.fields.get("group", ""), self.on_duty)

    @property
    def states(self) -> dict[str, State]:
        return {name: known.state for name, known in self.conversations.items()}


async def read_truth(redis: Redis) -> Truth:
    """Read everything; called when nothing is on its way."""
    keys = [key async for key in redis.scan_iter(match=f"{_CONVERSATION}*", count=1000)]
    names = sorted(key.removeprefix(_CONVERSATION) for key in keys)
    on_duty = cast("list[str]", await redis.zrange(ON_DUTY, 0, -1))
    behind_ms = int(await redis.hget(CLOCK, "stopped_ms") or 0)
    rules = cast("dict[str, str]", await redis.hgetall(GROUP_RULES))
    routing = {
        group: str(json.loads(one).get("routing", "everyone")) for group, one in rules.items()
    }
    members = {
        group: _chats(cast("list[str]", await redis.zrange(duty_key(group), 0, -1)))
        for group in rules
    }
    return Truth(
        {name: await _read(redis, ConversationId(name), behind_ms, routing) for name in names},
        _chats(on_duty),
        members,
        _chats(cast("list[str]", await redis.zrange(PAUSED, 0, -1))),
    )


def _chats(members: Iterable[str]) -> frozenset[ChatId]:
    return frozenset(ChatId(int(member)) for member in members)


async def _read(
    redis: Redis, name: ConversationId, behind_ms: int, routing: Mapping[str, str]
) -> Known:
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
        routing.get(fields.get("group", ""), "everyone"),
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
        asked = known.fields.get("pass_to")
        places = (OFFERS_DUE, offers_key(OperatorId(int(asked)))) if asked else ()
        found += [
            f"{name} is offered to {asked} and not in {place}"
            for place in places
            if await redis.zscore(place, name) is None
        ]
        if known.goes_on and await redis.zscore(RINGS_DUE, name) is None:
            found.append(f"{name} waits for the next who is rung and not in {RINGS_DUE}")
    return found
