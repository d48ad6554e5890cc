"""Steps of escalation come on time, whatever clocks, Telegram and a change of rules do."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, MoveClock, Push
from onduty_desk.model.bot_keys import HEARD
from onduty_desk.model.event_keys import EVENTS_WANTED
from onduty_desk.model.keys import ESCALATIONS_DUE, TELEGRAM
from onduty_desk.roster.group_rules import write_group_rules
from onduty_dispatcher.wake_ups.clock import Clock

from .escalations import at, escalated, go_by, step

GROUP_THEN_ADMINS = (step(60, "group"), step(120, "admins"))


@pytest.fixture
async def desk(redis: Redis, alice_writes: AliceWrites) -> Desk:
    """Three on duty who have been told of Alice, whose group has two steps."""
    await redis.set(EVENTS_WANTED, 3600)
    await go_by(redis, *GROUP_THEN_ADMINS)
    return await alice_writes(1, 2, 3)


async def test_after_an_outage_of_telegram_steps_come_later_by_it(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """The clock of people stands still, and goes on half a minute behind."""
    assert await at(desk, move_clock, 40) == []
    now_ms = await redis.time()
    away_since_ms = now_ms[0] * 1000 + 40_000
    await redis.hset(TELEGRAM, mapping={"is_confirmed": "1", "away_since_ms": away_since_ms})
    for seconds in (41, 70, 400):
        await move_clock(timedelta(seconds=seconds))
        await desk.run_timers()
    assert await escalated(redis) == []
    await redis.hdel(TELEGRAM, "is_confirmed", "away_since_ms")
    assert await at(desk, move_clock, 401) == []
    assert await at(desk, move_clock, 445) == []
    assert await at(desk, move_clock, 455) == ["group"]


async def test_a_clock_that_is_set_back_puts_no_step_off(
    redis: Redis, desk: Desk, move_clock: MoveClock, push: Push
) -> None:
    """Another server with another clock is the master now: waiting times go on from there."""
    clock = Clock(redis)
    await move_clock(timedelta(hours=2))
    await clock.look()
    push("Hello?", conversation="c2")
    await desk.jobs.route()
    await desk.quiet()
    await move_clock(timedelta(hours=1))
    await clock.look()
    await at(desk, move_clock, 3_600 + 55)
    assert await escalated(redis, "c2") == []
    await at(desk, move_clock, 3_600 + 65)
    assert await escalated(redis, "c2") == ["group"]


async def test_who_begins_to_wait_during_an_outage_waits_from_its_end_on(
    redis: Redis, desk: Desk, move_clock: MoveClock, push: Push
) -> None:
    """No bot reads: that stops the clock, too. A step at once is done at once all the same."""
    await go_by(redis, step(0, "admins"), step(20, "group"))
    await redis.set(HEARD, (await redis.time())[0] * 1000 - 60_000)
    await desk.run_timers()
    push("Hello?", conversation="c2")
    await desk.jobs.route()
    await move_clock(timedelta(seconds=100))
    await desk.run_timers()
    assert await escalated(redis, "c2") == ["admins"]
    await redis.set(HEARD, (await redis.time())[0] * 1000)
    await desk.run_timers()
    await at(desk, move_clock, 145)
    assert await escalated(redis, "c2") == ["admins"]
    await at(desk, move_clock, 152)
    assert await escalated(redis, "c2") == ["admins", "group"]


async def test_a_change_of_rules_repeats_and_loses_nothing(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """A step that is done stays done, wherever it is put; a new one that is due is done at once."""
    assert await at(desk, move_clock, 61) == ["group"]
    await go_by(redis, step(90, "group"), step(100, "admins"))
    assert await at(desk, move_clock, 95) == ["group"]
    assert await at(desk, move_clock, 101) == ["group", "admins"]
    await go_by(redis, step(90, "group"), step(100, "admins"), step(100, "group"))
    assert await at(desk, move_clock, 102) == ["group", "admins", "group"]
    await write_group_rules(redis, ["support"], {})
    assert await at(desk, move_clock, 103) == ["group", "admins", "group"]
    assert await redis.exists(ESCALATIONS_DUE) == 0
    await go_by(redis, step(90, "group"), step(104, "admins"), step(105, "admins"))
    assert await at(desk, move_clock, 106) == ["group", "admins", "group", "admins"]


async def test_a_start_with_the_same_rules_changes_nothing(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """Processes are restarted in the middle; a start of an older version takes the steps away."""
    assert await at(desk, move_clock, 61) == ["group"]
    await go_by(redis, *GROUP_THEN_ADMINS)
    assert await at(desk, move_clock, 119) == ["group"]
    await redis.hset("onduty:group-rules", "support", '{"routing":"everyone","start_ms":1}')
    assert await at(desk, move_clock, 121) == ["group"]
    await go_by(redis, *GROUP_THEN_ADMINS)
    assert await at(desk, move_clock, 122) == ["group", "admins"]


async def test_a_card_names_the_next_step_of_other_rules(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """And none where there is none any more."""
    assert "the whole group at" in (await desk.card(1)).text
    await go_by(redis, step(90, "admins"))
    await at(desk, move_clock, 1)
    assert ["admins at" in (await desk.card(n)).text for n in (1, 2, 3)] == [True] * 3
    await go_by(redis)
    await at(desk, move_clock, 2)
    assert ["⏫" in (await desk.card(n)).text for n in (1, 2, 3)] == [False] * 3
