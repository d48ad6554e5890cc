"""Who pauses is on duty and not available: nothing rings, and nobody waits for them."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import cast

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import ComeOn, MoveClock, Push
from onduty_desk.availability.pauses import Back, OffDuty, Paused, Pauses
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.bot_keys import HEARD
from onduty_desk.model.event_keys import events_key
from onduty_desk.model.keys import CLOCK, ConversationId, OperatorId, conversation_key
from onduty_desk.model.roster_keys import PAUSED, PAUSES_OVER, operator_key
from onduty_desk.roster.operators import Roster

ONE, TWO, THREE = OperatorId(1), OperatorId(2), OperatorId(3)
C1 = ConversationId("c1")
MINUTE = timedelta(minutes=1)
_updates = count(5_000)


async def pause(pauses: Pauses, *operators: OperatorId, lasting: timedelta | None = None) -> None:
    for operator in operators:
        done = await pauses.pause(operator, update_id=next(_updates), lasting=lasting)
        assert isinstance(done, Paused)


async def at(desk: Desk, move_clock: MoveClock, time: timedelta) -> None:
    await move_clock(time)
    await desk.run_timers()
    await desk.quiet()


async def released(redis: Redis) -> list[str]:
    """Return why Alice's conversation was released, each time."""
    events = [json.loads(event) for event in await redis.lrange(events_key(C1), 0, -1)]
    return [event["reason"] for event in events if event["type"] == "conversation.released"]


async def owner(redis: Redis) -> str | None:
    return cast("str | None", await redis.hget(conversation_key(C1), "owner"))


async def counts(desk: Desk) -> Sequence[int]:
    await desk.quiet()
    return [len(await desk.cards(operator)) for operator in (1, 2, 3)]


async def test_nothing_new_comes_to_who_pauses(desk: Desk, pauses: Pauses, push: Push) -> None:
    """Cards that are there stay true, without a ring."""
    await pause(pauses, ONE)
    push("Hi", conversation="c2", customer_name="Bob")
    push("And this")
    await desk.jobs.route()
    assert await counts(desk) == [1, 2, 2]
    assert (await desk.card(1)).text.startswith("Alice · 2 messages")


async def test_what_is_on_its_way_is_not_sent_to_who_pauses(
    redis: Redis, desk: Desk, pauses: Pauses, push: Push
) -> None:
    """What only they would have got goes to the others."""
    await pause(pauses, TWO, THREE)
    await redis.hset("onduty:telegram", "away_since_ms", "1")  # nothing is sent meanwhile
    push("Hi", conversation="c2", customer_name="Bob")
    await desk.jobs.route()
    await pause(pauses, ONE)
    assert await pauses.come_back(TWO, update_id=next(_updates)) == "back"
    await redis.delete("onduty:telegram")
    await desk.jobs.look()
    await desk.jobs.route()
    assert await counts(desk) == [1, 2, 1]


async def test_with_nobody_available_it_waits(desk: Desk, pauses: Pauses, push: Push) -> None:
    """Whoever comes back is shown it as at /on."""
    await pause(pauses, ONE, TWO, THREE)
    push("Hi", conversation="c2", customer_name="Bob")
    await desk.jobs.route()
    assert await counts(desk) == [1, 1, 1]
    assert isinstance(await pauses.pause(TWO, update_id=next(_updates)), Back)
    backlog = await Conversations(desk.redis, desk.rules).show_backlog(TWO, 5, update_id="x")
    assert backlog
    assert (backlog.shown, backlog.waiting) == (1, 2)
    assert await counts(desk) == [1, 2, 1]


@pytest.mark.usefixtures("desk")
async def test_a_second_pause_ends_the_first(redis: Redis, pauses: Pauses, roster: Roster) -> None:
    """With minutes it is a new one; an update that comes twice gets the same answer."""
    update = next(_updates)
    assert await pauses.pause(ONE, update_id=update) == Paused(None)
    assert await pauses.pause(ONE, update_id=update) == Paused(None)
    since = (await roster.on_duty(["support"]))[0].paused_since
    assert since is not None
    again = await pauses.pause(ONE, update_id=next(_updates), lasting=20 * MINUTE)
    assert isinstance(again, Paused)
    assert again.until is not None
    assert 19 * MINUTE < again.until - datetime.now(UTC) <= 20 * MINUTE
    assert (await roster.on_duty(["support"]))[0].paused_since == since
    assert isinstance(await pauses.pause(ONE, update_id=next(_updates)), Back)
    assert (await roster.on_duty(["support"]))[0].paused_since is None
    assert await pauses.come_back(ONE, update_id=next(_updates)) == "available"
    assert not await redis.exists(PAUSED)


@pytest.mark.usefixtures("desk")
async def test_off_duty_nobody_pauses(
    redis: Redis, pauses: Pauses, roster: Roster, come_on: ComeOn
) -> None:
    """/off ends a pause, and /on begins without one."""
    assert isinstance(await pauses.pause(OperatorId(9), update_id=next(_updates)), OffDuty)
    assert await pauses.come_back(OperatorId(9), update_id=next(_updates)) == "off_duty"
    await pause(pauses, ONE)
    await roster.sign_out(ONE)
    assert not await redis.exists(PAUSED)
    await redis.zadd(PAUSED, {"1": 9e15})  # left behind by a version that knows no pauses
    await come_on(1)
    assert [one.paused_since for one in await roster.on_duty(["support"])] == [None] * 3


async def test_what_is_kept_is_not_nudged(
    redis: Redis, desk: Desk, pauses: Pauses, move_clock: MoveClock
) -> None:
    """The question that is there goes, and after the pause the lease begins anew."""
    await desk.tap(1, Verb.CLAIM)
    await at(desk, move_clock, 4 * MINUTE)
    assert len(await desk.nudges(1)) == 1
    await pause(pauses, ONE)
    await desk.jobs.look()
    await desk.quiet()
    assert await desk.nudges(1) == []
    await at(desk, move_clock, 30 * MINUTE)
    assert await desk.nudges(1) == []
    assert await owner(redis) == "1"
    assert await pauses.come_back(ONE, update_id=next(_updates)) == "back"
    await at(desk, move_clock, 32 * MINUTE)
    assert await desk.nudges(1) == []
    await at(desk, move_clock, 34 * MINUTE)
    assert len(await desk.nudges(1)) == 1


@pytest.mark.parametrize("is_answered", [True, False])
async def test_the_customers_next_word_returns_what_is_kept(
    redis: Redis, desk: Desk, pauses: Pauses, push: Push, *, is_answered: bool
) -> None:
    """At once, with the reason, and the others are rung."""
    await desk.tap(1, Verb.CLAIM)
    if is_answered:
        await desk.instruct("touch")
    await pause(pauses, ONE)
    push("Are you there?")
    await desk.jobs.route()
    await desk.quiet()
    assert await owner(redis) is None
    assert await released(redis) == ["paused"]
    assert (await desk.card(2)).text.startswith("↩️ Alice · returned from Operator 1")
    assert not (await desk.cards(2))[-1].silent


async def test_nobody_waits_for_ever_for_who_pauses(
    redis: Redis, desk: Desk, pauses: Pauses, move_clock: MoveClock
) -> None:
    """Half an hour without an answer is the longest that an owner can put off."""
    await desk.tap(1, Verb.CLAIM)
    await pause(pauses, ONE)
    await at(desk, move_clock, 31 * MINUTE)
    assert await owner(redis) is None
    assert await released(redis) == ["paused"]


async def test_who_is_answered_stays_theirs(
    redis: Redis, desk: Desk, pauses: Pauses, move_clock: MoveClock
) -> None:
    """Until the customer writes again, or the conversation closes itself."""
    await desk.tap(1, Verb.CLAIM)
    await desk.instruct("touch")
    await pause(pauses, ONE)
    await at(desk, move_clock, 120 * MINUTE)
    assert await owner(redis) == "1"


async def test_the_last_owner_is_not_waited_for_in_a_pause(
    redis: Redis, desk: Desk, pauses: Pauses, push: Push
) -> None:
    """Neither if they pause already, nor if they do so in their minute."""
    await desk.tap(1, Verb.CLAIM)
    await desk.tap(1, Verb.CLOSE)
    push("One more thing")
    await desk.jobs.route()
    assert await counts(desk) == [1, 0, 0]
    await pause(pauses, ONE)
    await desk.jobs.route()
    assert (await counts(desk))[1:] == [1, 1]
    await desk.tap(2, Verb.CLAIM)
    await desk.tap(2, Verb.CLOSE)
    await pause(pauses, TWO)
    push("And another")
    await desk.jobs.route()
    assert (await counts(desk))[2] == 1
    assert not await redis.hexists(conversation_key(C1), "first_until_ms")


async def test_nobody_passes_to_who_pauses(
    redis: Redis, desk: Desk, pauses: Pauses, conversations: Conversations
) -> None:
    """It stays where it is."""
    await desk.tap(1, Verb.CLAIM)
    await pause(pauses, TWO)
    done = await conversations.pass_all(ONE, TWO, [C1], update_id=next(_updates))
    assert done.result == "unavailable"
    assert await owner(redis) == "1"


async def test_who_pauses_can_still_take_what_they_see(desk: Desk, pauses: Pauses) -> None:
    """They are told what a pause means for it; it comes without a ring."""
    await pause(pauses, ONE)
    assert (await desk.tap(1, Verb.CLAIM)).result == "claimed_paused"
    assert (await desk.tap(1, Verb.RELEASE)).result == "released"


async def test_the_time_of_a_pause_ends_it(
    redis: Redis, desk: Desk, pauses: Pauses, push: Push, move_clock: MoveClock
) -> None:
    """Once, however many dispatchers run; the bot tells them."""
    await pause(pauses, ONE, lasting=20 * MINUTE)
    await at(desk, move_clock, 19 * MINUTE)
    assert await redis.zcard(PAUSED) == 1
    await move_clock(21 * MINUTE)
    await asyncio.gather(*(desk.timers.look() for _ in range(3)))
    assert await redis.zcard(PAUSED) == 0
    assert list(await pauses.over()) == [ONE]
    assert not await redis.hexists(operator_key(ONE), "paused_ms")
    push("Hi", conversation="c2", customer_name="Bob")
    await desk.jobs.route()
    assert await counts(desk) == [2, 2, 2]
    await pause(pauses, ONE)
    assert not await redis.exists(PAUSES_OVER)  # they need not be told any more


async def test_a_pause_stands_still_while_no_bot_reads(
    redis: Redis, desk: Desk, pauses: Pauses, move_clock: MoveClock
) -> None:
    """It goes on by the gap and half a minute more."""
    await pause(pauses, ONE, lasting=20 * MINUTE)
    await move_clock(10 * MINUTE)
    seconds, _ = await redis.time()
    await redis.set(HEARD, int(seconds * 1000) - 60_000)
    await desk.timers.look()
    await at(desk, move_clock, 25 * MINUTE)
    assert await redis.zcard(PAUSED) == 1
    await redis.set(HEARD, int(seconds * 1000))
    await at(desk, move_clock, 26 * MINUTE)
    assert not await redis.hexists(CLOCK, "since_ms")
    assert await redis.zcard(PAUSED) == 1
    await at(desk, move_clock, 45 * MINUTE)
    assert await redis.zcard(PAUSED) == 0
