"""Whom a waiting conversation rings first: most room, rings counted, then longest idle."""

import json

import pytest
from redis.asyncio import Redis

from desk_at_work.fixtures import ComeOn, Lua
from onduty_desk.model.keys import (
    IDLE_SINCE,
    ConversationId,
    OperatorId,
    claims_key,
    conversation_key,
    rings_key,
)
from onduty_desk.model.roster_keys import duty_key, operator_key
from onduty_desk.roster.group_rules import GroupRules
from onduty_desk.roster.limits import Limits

from .by_rules import go_by


async def own(redis: Redis, operator: int, count: int, group: str = "support") -> None:
    """Let an operator own so many conversations of a group."""
    for n in range(count):
        conversation = ConversationId(f"{group}-{operator}-{n}")
        fields = ["group", group, "state", "claimed", "owner", str(operator)]
        await redis.hset(conversation_key(conversation), items=fields)
        await redis.zadd(claims_key(OperatorId(operator)), {conversation: n})


class Team:
    """Operators of the group support, who came on duty one second after the other."""

    def __init__(self, redis: Redis, come_on: ComeOn, lua: Lua) -> None:
        self._redis = redis
        self._come_on = come_on
        self._lua = lua

    async def come(self, count: int) -> None:
        await self._come_on(*range(1, count + 1))
        came = {str(n): n * 1000 for n in range(1, count + 1)}
        await self._redis.zadd(duty_key("support"), came)

    async def first(self, most: int = 9, *, but: int | None = None) -> list[int]:
        """Return whom the next wave rings, of those who are not left out."""
        script = self._lua(
            "return { best_operators.next({ group = 'support', state = 'waiting' },"
            " tonumber(ARGV[1]), cjson.decode(ARGV[2])) }\n",
            "conversations/best_operators",
        )
        left_out = json.dumps({str(but or 0): True})
        found = await self._redis.eval(script, 0, most, left_out)
        return [int(one) for one in found[0]]


@pytest.fixture
async def team(redis: Redis, come_on: ComeOn, lua: Lua) -> Team:
    team = Team(redis, come_on, lua)
    await team.come(4)
    return team


async def test_without_anything_else_the_longest_on_duty_is_first(team: Team) -> None:
    """Each has been idle since they came."""
    assert await team.first() == [1, 2, 3, 4]
    assert await team.first(2) == [1, 2]
    assert await team.first(2, but=1) == [2, 3]


async def test_without_capacity_who_owns_fewest_is_first(redis: Redis, team: Team) -> None:
    """Of all groups: they are busy with those too."""
    await own(redis, 1, 2)
    await own(redis, 2, 1, "sales")
    assert await team.first() == [3, 4, 2, 1]


async def test_with_capacity_who_has_most_room_is_first(redis: Redis, team: Team) -> None:
    """The group's, or their own limit, whichever leaves less."""
    await go_by(redis, GroupRules(capacity=4))
    await own(redis, 1, 1)
    await own(redis, 2, 3)
    await Limits(redis).set(OperatorId(3), 2)
    assert await team.first() == [4, 1, 3, 2]


async def test_what_they_own_of_another_group_leaves_room_in_this_one(
    redis: Redis, team: Team, come_on: ComeOn
) -> None:
    """A capacity is the group's alone."""
    await go_by(redis, GroupRules(capacity=4))
    await come_on(1, group="sales")
    await own(redis, 1, 3, "sales")
    await own(redis, 2, 1)
    assert await team.first() == [1, 3, 4, 2]


async def test_who_has_no_room_is_rung_only_when_nobody_else_is_left(
    redis: Redis, team: Team
) -> None:
    """Then they may close one, and take it."""
    await go_by(redis, GroupRules(capacity=1))
    for operator in (1, 2, 4):
        await own(redis, operator, 1)
    assert await team.first() == [3]
    assert await team.first(2, but=3) == [1, 2]


async def test_an_estimate_that_is_too_low_leaves_nobody_out(redis: Redis, team: Team) -> None:
    """What has expired takes no room."""
    await go_by(redis, GroupRules(capacity=1))
    for operator in range(1, 5):
        await own(redis, operator, 1)
    await redis.delete(conversation_key(ConversationId("support-4-0")))
    assert await team.first() == [4]


async def test_idle_counts_from_the_end_of_the_last_conversation(redis: Redis, team: Team) -> None:
    """And not over a lifetime."""
    await redis.zadd(IDLE_SINCE, {"1": 9000, "2": 7000, "3": 8000})
    assert await team.first() == [4, 2, 3, 1]


async def test_who_comes_on_duty_has_been_idle_since_then(redis: Redis, team: Team) -> None:
    """What ended before they went off says nothing."""
    await redis.zadd(IDLE_SINCE, {"1": 100, "2": 100, "3": 100, "4": 100})
    assert await team.first() == [1, 2, 3, 4]


async def rung_for(redis: Redis, operator: int, *conversations: str, ago_s: int = 0) -> None:
    """Let conversations that nobody has taken have rung an operator."""
    at_ms = ((await redis.time())[0] - ago_s) * 1000
    await redis.zadd(rings_key(OperatorId(operator)), dict.fromkeys(conversations, at_ms))


async def test_who_was_rung_and_nobody_answered_is_behind_their_equals(
    redis: Redis, team: Team
) -> None:
    """Customers who come at once ring different phones; after ten minutes that is forgotten."""
    await rung_for(redis, 1, "c1", "c2")
    await rung_for(redis, 2, "c1")
    await own(redis, 4, 3)
    assert await team.first() == [3, 2, 1, 4]
    await rung_for(redis, 1, "c1", "c2", ago_s=601)
    assert await team.first() == [1, 3, 2, 4]


async def test_what_has_rung_takes_room(redis: Redis, team: Team) -> None:
    """Of a team at work one with much room is not rung for all that comes within seconds."""
    await go_by(redis, GroupRules(capacity=4))
    for operator, owned in ((1, 1), (2, 2), (3, 2), (4, 3)):
        await own(redis, operator, owned)
    assert await team.first() == [1, 2, 3, 4]
    await rung_for(redis, 1, "c1")
    assert await team.first() == [1, 2, 3, 4]  # who owns fewer is first of equals
    await rung_for(redis, 1, "c2")
    assert await team.first() == [2, 3, 1, 4]
    await rung_for(redis, 1, "c3", "c4")
    assert await team.first() == [2, 3, 4, 1]


async def test_who_is_paused_or_in_another_group_is_not_there(redis: Redis, team: Team) -> None:
    """Nobody waits for them."""
    await redis.zadd("onduty:paused", {"1": 9e15})
    await redis.hset(operator_key(OperatorId(1)), "paused_ms", "1")
    await redis.zrem(duty_key("support"), "2")
    assert await team.first() == [3, 4]


async def test_whom_an_older_version_has_left_in_the_list_is_not_there(
    redis: Redis, team: Team
) -> None:
    """They went off duty, and are taken out of it."""
    await redis.delete(operator_key(OperatorId(2)))
    assert await team.first() == [1, 3, 4]
    assert await redis.zrange(duty_key("support"), 0, -1) == ["1", "3", "4"]
