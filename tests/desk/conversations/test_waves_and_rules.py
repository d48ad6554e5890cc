"""Waves whose rules change, or that somebody rings before their time."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, Lua, MoveClock, Push
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import RINGS_DUE, conversation_key
from onduty_desk.roster.group_rules import GroupRules

from .by_rules import ONE_BY_ONE, go_by, offered, rings, rung, write
from .passing_on import after, pass_on
from .three_phones import C1


@pytest.fixture
async def desk(in_waves: Desk) -> Desk:
    return in_waves


async def test_what_is_passed_into_a_group_rings_it_in_waves(
    redis: Redis, alice_writes: AliceWrites, come_on: ComeOn, move_clock: MoveClock
) -> None:
    """By that group's rules, and not whoever passed it on."""
    await go_by(redis, GroupRules(), sales=ONE_BY_ONE)
    desk = await alice_writes(1)
    await come_on(1, 2, 3, group="sales")
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    before = await rings(desk)
    assert (await pass_on(desk, 1, group="sales")).result == "moved"
    assert [now - was for now, was in zip(await rings(desk), before, strict=True)] == [0, 1, 0]
    assert await rung(redis) == [1, 2]
    await after(desk, move_clock, 20.1)
    assert [now - was for now, was in zip(await rings(desk), before, strict=True)] == [0, 1, 1]


async def test_rules_that_change_to_everyone_ring_all_who_were_not(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """At the end of the waiting time that has begun; those rung before are not rung again."""
    await go_by(redis, GroupRules())
    await after(desk, move_clock, 20.1)
    assert (await rings(desk), await rung(redis)) == ([1, 1, 1], "all")
    assert ["Decline" in (await desk.card(n)).button_texts for n in (1, 2, 3)] == [False] * 3


async def test_rules_that_change_to_waves_begin_with_the_next_message(
    redis: Redis, alice_writes: AliceWrites, push: Push, move_clock: MoveClock
) -> None:
    """All have the card, and can take it; it rings in waves from then on."""
    desk = await alice_writes(1, 2, 3)
    await go_by(redis, ONE_BY_ONE)
    push("Fire!", priority="urgent")
    await desk.jobs.route()
    assert await rings(desk) == [2, 1, 1]
    assert all(["Fire!" in (await desk.card(n)).text for n in (1, 2, 3)])
    assert ["Decline" in (await desk.card(n)).button_texts for n in (1, 2, 3)] == [True] * 3
    await after(desk, move_clock, 20.1)
    assert await rings(desk) == [2, 2, 1]


async def test_another_size_and_time_hold_from_the_next_wave_on(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """What has begun goes on."""
    await go_by(redis, GroupRules(routing="waves", wave_size=2, next_wave_after=5))
    await after(desk, move_clock, 6)
    assert await rings(desk) == [1, 0, 0]
    await after(desk, move_clock, 20.1)
    assert await rings(desk) == [1, 1, 1]


async def test_a_version_that_knows_no_waves_takes_none_away(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """It has claimed and released it without a word about them: it rings on."""
    fields = {"state": "waiting", "offered_seq": "0", "rung": "1"}
    await redis.hset(conversation_key(C1), items=[word for one in fields.items() for word in one])
    await redis.delete(RINGS_DUE)
    await redis.zadd("onduty:accepted", {"c1": 1})
    await desk.jobs.route()
    await after(desk, move_clock, 20.1)
    assert await rings(desk) == [1, 1, 0]


async def ring(redis: Redis, desk: Desk, lua: Lua, call: str) -> str:
    text = f"return tostring({call}(ARGV[1], conversations.read(ARGV[1])) or 0)\n"
    script = lua(text, "conversations/waves", "conversations/conversations")
    answer = str(await redis.eval(script, 0, "c1"))
    await desk.jobs.look()
    return answer


async def test_the_next_wave_can_be_rung_before_its_time(
    redis: Redis, desk: Desk, lua: Lua, move_clock: MoveClock
) -> None:
    """The time begins anew; where all have been rung, nobody is."""
    await move_clock(timedelta(seconds=15))
    assert await ring(redis, desk, lua, "waves.ring_next") == "1"
    assert await rings(desk) == [1, 1, 0]
    await after(desk, move_clock, 21)
    assert await rings(desk) == [1, 1, 0]
    assert await ring(redis, desk, lua, "waves.ring_next") == "1"
    assert await ring(redis, desk, lua, "waves.ring_next") == "0"
    assert await rings(desk) == [1, 1, 1]


async def test_the_whole_group_can_be_rung(redis: Redis, desk: Desk, lua: Lua) -> None:
    """Those whom a wave has rung before, too; a colleague who was asked is not waited for."""
    await pass_on(desk, 2, 3)
    before = await rings(desk)
    await ring(redis, desk, lua, "waves.ring_all")
    assert [now - was for now, was in zip(await rings(desk), before, strict=True)] == [1, 1, 1]
    assert await redis.hget(conversation_key(C1), "pass_to") is None
    assert (await rung(redis), await redis.zcard(RINGS_DUE)) == ("all", 0)
    assert (await desk.tap(1, Verb.CLAIM)).result == "claimed"


async def test_in_a_group_that_assigns_a_wave_ends_the_offer(
    redis: Redis, asked: Desk, lua: Lua, move_clock: MoveClock
) -> None:
    """Those whom it rings may take it, who was asked may, too, and the waves go on."""
    rules = GroupRules(routing="assigned", capacity=1, wave_size=1)
    await go_by(redis, rules)
    await asked.tap(1, Verb.DECLINE)
    assert await offered(redis) == {"c1": 2}
    await asked.quiet()
    before = await rings(asked)
    assert await ring(redis, asked, lua, "waves.ring_next") == "1"
    assert (await offered(redis), await rung(redis)) == ({}, [1])
    assert [now - was for now, was in zip(await rings(asked), before, strict=True)] == [1, 0, 0]
    assert (await asked.card(2)).button_texts == ["🙋 I'll answer", "⋯"]
    await after(asked, move_clock, 31)
    assert await rung(redis) == [1, 2]
    assert (await asked.tap(2, Verb.CLAIM)).result == "claimed"


async def test_in_a_group_that_assigns_all_can_be_rung(
    redis: Redis, asked: Desk, lua: Lua, push: Push
) -> None:
    """The offer ends, and follow-ups ring all; whoever was asked is free for the next."""
    await ring(redis, asked, lua, "waves.ring_all")
    assert await rings(asked) == [2, 1, 1]
    assert (await offered(redis), await rung(redis)) == ({}, "all")
    push("Fire!", priority="urgent")
    await asked.jobs.route()
    assert await rings(asked) == [3, 2, 2]
    await write(asked, push, "Bob")
    assert await offered(redis) == {"Bob": 1}
    assert (await asked.tap(3, Verb.CLAIM)).result == "claimed"
