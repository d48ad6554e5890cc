"""Routing in waves: some are rung, after a time some more, and so on to all."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, MoveClock, Push
from onduty_desk.availability.pauses import Pauses
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import CLOCK, RINGS_DUE, TELEGRAM, OperatorId, rings_key
from onduty_desk.roster.group_rules import GroupRules
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.timers import Timers

from .by_rules import ONE_BY_ONE, go_by, rings, rung
from .passing_on import after
from .three_phones import C1

CAN_BE_DECLINED = ["🙋 I'll answer", "Decline"]


@pytest.fixture
async def desk(in_waves: Desk) -> Desk:
    return in_waves


@pytest.mark.parametrize("size", [1, 2, 3, 7])
async def test_a_wave_is_as_large_as_the_rule_says(
    redis: Redis, alice_writes: AliceWrites, size: int
) -> None:
    """Of those on duty, and no larger."""
    await go_by(redis, GroupRules(routing="waves", wave_size=size))
    desk = await alice_writes(1, 2, 3)
    assert await rings(desk) == [1 if n <= size else 0 for n in (1, 2, 3)]


async def test_after_each_time_the_next_are_rung_until_all_are(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """Each once, and then nothing more is to come."""
    assert await rings(desk) == [1, 0, 0]
    await after(desk, move_clock, 10)
    assert await rings(desk) == [1, 0, 0]
    await after(desk, move_clock, 20.1)
    assert await rings(desk) == [1, 1, 0]
    await after(desk, move_clock, 30)
    assert await rings(desk) == [1, 1, 0]
    await after(desk, move_clock, 60)
    assert (await rings(desk), await rung(redis)) == ([1, 1, 1], "all")
    assert await redis.zcard(RINGS_DUE) == 0
    await after(desk, move_clock, 100)
    assert await rings(desk) == [1, 1, 1]


async def test_everybody_rung_so_far_may_take_it(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """Of two who tap at once one has it, and nobody is rung after that."""
    await after(desk, move_clock, 20.1)
    taps = await asyncio.gather(*(desk.tap(n, Verb.CLAIM) for n in (1, 2)))
    assert sorted(tapped.result for tapped in taps) == ["claimed", "taken"]
    await after(desk, move_clock, 100)
    assert await rings(desk) == [1, 1, 0]
    assert (await rung(redis), await redis.zcard(RINGS_DUE)) == (None, 0)
    assert not await redis.exists(rings_key(OperatorId(1)), rings_key(OperatorId(2)))


async def test_a_close_ends_the_waves(redis: Redis, desk: Desk, move_clock: MoveClock) -> None:
    """The backend has done without."""
    await desk.instruct("close")
    await after(desk, move_clock, 21)
    assert await rings(desk) == [1, 0, 0]
    assert await redis.zcard(RINGS_DUE) == 0


async def test_a_follow_up_rings_those_rung_so_far(
    desk: Desk, move_clock: MoveClock, push: Push
) -> None:
    """By the rule for follow-ups; the next wave gets all of it at once."""
    await move_clock(timedelta(seconds=15))
    push("Fire!", priority="urgent")
    await desk.jobs.route()
    assert await rings(desk) == [2, 0, 0]
    await after(desk, move_clock, 21)
    assert await rings(desk) == [2, 1, 0]
    assert "Hello?\nFire!" in (await desk.card(2)).text


async def test_who_has_the_card_and_is_not_rung_sees_what_is_new_on_it(
    desk: Desk, push: Push, conversations: Conversations
) -> None:
    """A card that they have asked for tells no old story, and does not ring."""
    await conversations.show_card(C1, OperatorId(3), update_id=1)
    await desk.jobs.look()
    await desk.quiet()
    push("Are you there?")
    await desk.jobs.route()
    assert await rings(desk) == [1, 0, 0]
    assert "Are you there?" in (await desk.card(3)).text
    assert (await desk.tap(3, Verb.CLAIM)).result == "claimed"


async def test_while_telegram_is_away_no_wave_comes(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """Nobody could answer. Back again, the time goes on, half a minute behind."""
    await redis.hset(TELEGRAM, items=["away_since_ms", "1", "is_confirmed", "1"])
    timers = Timers(redis, desk.rules)
    await timers.look()
    await redis.hset(CLOCK, "since_ms", str((await redis.time())[0] * 1000))
    await move_clock(timedelta(seconds=300))
    await timers.look()
    assert await rung(redis) == [1]
    await redis.hdel(TELEGRAM, "away_since_ms", "is_confirmed")
    await after(desk, move_clock, 300)
    assert await rings(desk) == [1, 0, 0]
    await after(desk, move_clock, 352)
    assert await rings(desk) == [1, 1, 0]


async def test_dispatchers_that_look_at_once_ring_one_wave(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """Over restarts too: it stands in Redis, not in a process."""
    await move_clock(timedelta(seconds=21))
    await asyncio.gather(*(Timers(redis, desk.rules).look() for _ in range(4)))
    await desk.jobs.look()
    assert (await rings(desk), await rung(redis)) == ([1, 1, 0], [1, 2])


async def test_when_all_who_were_rung_have_gone_the_next_are_rung_at_once(
    redis: Redis, desk: Desk, roster: Roster
) -> None:
    """By a pause, or off duty."""
    await Pauses(redis, desk.rules).pause(OperatorId(1), update_id=1)
    await desk.jobs.look()
    assert await rings(desk) == [1, 1, 0]
    await roster.sign_out(OperatorId(2), update_id=2)
    await desk.jobs.look()
    assert await rings(desk) == [1, 1, 1]


async def test_when_all_who_were_rung_decline_the_next_are_rung_at_once(
    redis: Redis, alice_writes: AliceWrites, move_clock: MoveClock
) -> None:
    """The card goes from the phone of who does not want it; the others have their time."""
    await go_by(redis, GroupRules(routing="waves", wave_size=2))
    desk = await alice_writes(1, 2, 3)
    assert (await desk.card(1)).button_texts == ["🙋 I'll answer", "Decline", "⋯"]
    assert (await desk.tap(1, Verb.DECLINE)).result == "declined_offer"
    assert (await rings(desk), await desk.cards(1)) == ([1, 1, 0], [])
    assert (await desk.tap(2, Verb.DECLINE)).result == "declined_offer"
    assert (await rings(desk), await desk.cards(2)) == ([1, 1, 1], [])
    await after(desk, move_clock, 60)
    assert await rings(desk) == [1, 1, 1]


async def test_a_follow_up_rings_nobody_who_has_declined(desk: Desk, push: Push) -> None:
    """Unless all have."""
    await desk.tap(1, Verb.DECLINE)
    assert await rings(desk) == [1, 1, 0]
    push("Fire!", priority="urgent")
    await desk.jobs.route()
    assert await rings(desk) == [1, 2, 0]
    for operator in (2, 3):
        await desk.quiet()
        await desk.tap(operator, Verb.DECLINE)
    push("Help!", priority="urgent")
    await desk.jobs.route()
    assert await rings(desk) == [2, 3, 2]


async def test_who_declined_may_take_it_after_all(desk: Desk, conversations: Conversations) -> None:
    """From the queue."""
    await desk.tap(1, Verb.DECLINE)
    await conversations.show_card(C1, OperatorId(1), update_id=1)
    await desk.jobs.look()
    await desk.quiet()
    assert (await desk.tap(1, Verb.CLAIM)).result == "claimed"


async def test_with_nobody_there_it_waits_for_whoever_comes(
    redis: Redis, at_work: Desk, come_on: ComeOn, push: Push, conversations: Conversations
) -> None:
    """They are shown what waits; the next message rings them."""
    await go_by(redis, ONE_BY_ONE)
    push("Hello?")
    await at_work.jobs.route()
    assert (await rung(redis), await redis.zcard(RINGS_DUE)) == (None, 0)
    await come_on(2)
    shown = await conversations.show_backlog(OperatorId(2), 5, update_id=1)
    assert shown
    assert (shown.shown, shown.waiting) == (1, 1)
    await at_work.jobs.look()
    assert await rings(at_work) == [0, 0, 0]
    push("Fire!", priority="urgent")
    await at_work.jobs.route()
    assert (await rings(at_work), await rung(redis)) == ([0, 1, 0], "all")


async def test_what_is_given_back_rings_others_first(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """Its owner knows of it, and is not rung; the waves begin anew."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    before = await rings(desk)
    await desk.tap(1, Verb.RELEASE)
    assert [now - was for now, was in zip(await rings(desk), before, strict=True)] == [0, 1, 0]
    assert await rung(redis) == [1, 2]
    assert (await desk.card(1)).button_texts[:2] == CAN_BE_DECLINED
    await after(desk, move_clock, 20.1)
    assert [now - was for now, was in zip(await rings(desk), before, strict=True)] == [0, 1, 1]


async def test_a_customer_who_comes_back_rings_their_operator_then_a_wave(
    redis: Redis, desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """A minute before the others."""
    await desk.tap(1, Verb.CLAIM)
    await desk.tap(1, Verb.CLOSE)
    await desk.quiet()
    before = await rings(desk)
    push("One more thing")
    await desk.jobs.route()
    assert [now - was for now, was in zip(await rings(desk), before, strict=True)] == [1, 0, 0]
    await after(desk, move_clock, 60.1)
    assert [now - was for now, was in zip(await rings(desk), before, strict=True)] == [1, 1, 0]
    assert await rung(redis) == [1, 2]
    assert (await desk.card(1)).button_texts[:2] == CAN_BE_DECLINED


async def test_a_raise_rings_those_rung_so_far(desk: Desk, move_clock: MoveClock) -> None:
    """And who raised it knows."""
    await after(desk, move_clock, 20.1)
    await desk.tap(1, Verb.MENU)
    await desk.tap(1, Verb.MAKE_URGENT)
    assert await rings(desk) == [1, 2, 0]


async def test_an_answer_stops_the_waves_until_the_customer_writes(
    desk: Desk, move_clock: MoveClock, push: Push
) -> None:
    """`touch`: somebody has answered elsewhere."""
    await desk.instruct("touch")
    await after(desk, move_clock, 21)
    assert await rings(desk) == [1, 0, 0]
    push("Thank you, but")
    await desk.jobs.route()
    await after(desk, move_clock, 42)
    assert (await rings(desk))[1:] == [1, 0]
