"""A group's rules in a test, and whom a conversation has rung or asked by them."""

import json

from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import Push
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import (
    ConversationId,
    OperatorId,
    conversation_key,
    copies_key,
    offers_key,
)
from onduty_desk.roster.group_rules import GroupRules, write_group_rules

ASSIGNED = GroupRules(routing="assigned", capacity=1)
ONE_BY_ONE = GroupRules(routing="waves", wave_size=1)


async def go_by(redis: Redis, rules: GroupRules, sales: GroupRules | None = None) -> None:
    """Let the group support have these rules from now on, as a start does."""
    given = {"support": rules, "sales": sales or GroupRules()}
    await write_group_rules(redis, ["support", "sales"], given)


async def rung(redis: Redis, conversation: str = "c1") -> list[int] | str | None:
    """Return those whom the waves have rung so far; "all" for the whole group."""
    found = await redis.hget(conversation_key(ConversationId(conversation)), "rung")
    return found if found is None or found == "all" else [int(one) for one in found.split()]


async def rings(desk: Desk) -> list[int]:
    """How often each phone has rung; cards that were removed since count."""
    await desk.quiet()
    messages = [await phone.messages() for phone in desk.phones]
    return [sum(one.from_bot and not one.silent for one in of_one) for of_one in messages]


async def offered(redis: Redis) -> dict[str, int]:
    """Return which conversations are offered to whom; nobody is asked about two."""
    found: dict[str, int] = {}
    for operator in range(1, 10):
        for conversation in await redis.zrange(offers_key(OperatorId(operator)), 0, -1):
            key = conversation_key(ConversationId(str(conversation)))
            assert await redis.hget(key, "pass_to") == str(operator)
            assert conversation not in found
            assert operator not in found.values()
            found[str(conversation)] = operator
    return found


async def write(desk: Desk, push: Push, name: str, **fields: str) -> None:
    """Let another customer write, whose conversation has their name."""
    push("Hello", conversation=name, customer_name=name, **fields)
    await desk.jobs.route()
    await desk.quiet()


async def tap(desk: Desk, operator: int, verb: Verb, conversation: str) -> str:
    """Tap a button of an operator's card of any conversation."""
    await desk.quiet()
    copy = await desk.redis.hget(copies_key(ConversationId(conversation)), str(operator))
    message = int(json.loads(str(copy))["card"])
    return (await desk.tap(operator, verb, message)).result
