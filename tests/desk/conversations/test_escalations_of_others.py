"""Where escalation has failed elsewhere: each of these threads is a test of ours.

The rows are those of chatwoot, Zammad and others that their own trackers tell of.
"""

import asyncio
import json
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, MoveClock, Push, Route
from onduty.events import parse_event
from onduty_desk.availability.groups import Groups
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.event_keys import EVENTS_WANTED
from onduty_desk.model.keys import ADMIN_NEWS, ESCALATIONS_DUE, OperatorId, conversation_key
from onduty_desk.roster.operators import Roster

from .escalations import admins_news, at, escalated, go_by, step
from .passing_on import is_in_one_place, pass_on
from .three_phones import C1, events


@pytest.fixture
async def desk(redis: Redis, alice_writes: AliceWrites) -> Desk:
    """Three on duty; the admins are told after five minutes."""
    await redis.set(EVENTS_WANTED, 3600)
    await go_by(redis, step(300, "admins"))
    return await alice_writes(1, 2, 3)


async def test_chatwoot_5672_all_offline_is_told_to_somebody(
    redis: Redis, roster: Roster, desk: Desk
) -> None:
    """All go home while customers wait: a silent limbo there, backend and admins are told here."""
    for operator in (1, 2, 3):
        await roster.sign_out(OperatorId(operator))
    await Groups(redis, ["support"]).look("second")
    assert [kind for kind, _ in await events(redis)] == ["unattended"]
    news = json.loads(str(await redis.hget(ADMIN_NEWS, "unattended:support")))
    assert news == {"group": "support", "reason": "off_duty"}
    await desk.quiet()


async def test_chatwoot_6889_a_long_wait_goes_to_a_person(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """By how long the customer has waited, and not by a report of the next morning."""
    await redis.delete(ADMIN_NEWS)
    assert await at(desk, move_clock, 299) == []
    assert await at(desk, move_clock, 301) == ["admins"]
    assert await admins_news(redis) == ["escalated:c1"]


async def test_zammad_3140_the_clock_runs_only_while_the_customer_waits(
    desk: Desk, move_clock: MoveClock, push: Push
) -> None:
    """The operators had the last word, and the alarm came all the same."""
    await desk.tap(1, Verb.CLAIM)
    await desk.instruct("touch")
    await desk.tap(1, Verb.RELEASE)
    await desk.quiet()
    assert await at(desk, move_clock, 400) == []
    push("One more thing")
    await desk.jobs.route()
    await desk.quiet()
    assert await at(desk, move_clock, 690) == []
    assert await at(desk, move_clock, 705) == ["admins"]


async def test_zammad_5177_a_follow_up_does_not_put_the_deadline_off(
    desk: Desk, move_clock: MoveClock, push: Push
) -> None:
    """Whoever asks again and again would wait the longest."""
    for seconds in (100, 200, 290):
        await at(desk, move_clock, seconds)
        push("Anybody there?")
        await desk.jobs.route()
        await desk.quiet()
    assert await at(desk, move_clock, 301) == ["admins"]


async def test_zammad_5624_the_deadline_of_the_old_group_does_not_survive_a_transfer(
    redis: Redis, desk: Desk, move_clock: MoveClock, come_on: ComeOn
) -> None:
    """The new group's rules say when, from the same beginning; where it has none, there is none."""
    await go_by(redis, step(300, "admins"), night=(step(400, "admins"),))
    await come_on(3, group="sales")
    await pass_on(desk, 1, group="sales")
    await desk.quiet()
    assert await at(desk, move_clock, 350) == []
    assert await redis.exists(ESCALATIONS_DUE) == 0
    await pass_on(desk, 3, group="night")
    await desk.quiet()
    assert await at(desk, move_clock, 390) == []
    assert await at(desk, move_clock, 401) == ["admins"]
    assert (await events(redis))[-1][1]["group"] == "night"


@pytest.mark.parametrize("end", ["claim", "close", "by the backend", "expiry", "touch"])
async def test_zammad_904_any_end_cancels(
    redis: Redis, desk: Desk, move_clock: MoveClock, end: str
) -> None:
    """A ticket that was merged into another alarmed for ever."""
    match end:
        case "expiry":
            await redis.delete(conversation_key(C1))
        case "by the backend":
            await desk.instruct("close")
        case "touch":
            await desk.instruct("touch")
        case _:
            await desk.tap(1, Verb.CLAIM)
            await desk.quiet()
            if end == "close":
                await desk.tap(1, Verb.CLOSE)
    await desk.quiet()
    assert await at(desk, move_clock, 301) == []
    assert await admins_news(redis) == []
    if end != "claim":  # which may be given back
        assert await redis.exists(ESCALATIONS_DUE) == 0


async def test_two_at_the_same_moment_the_claim_or_the_step(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """Whatever comes first: the conversation is in one place, and a step is done at most once."""
    await move_clock(timedelta(seconds=301))
    await asyncio.gather(
        desk.tap(2, Verb.CLAIM), *(desk.run_timers() for _ in range(3)), desk.jobs.route()
    )
    await desk.quiet()
    assert await is_in_one_place(redis) == "2"
    assert await escalated(redis) in ([], ["admins"])


async def test_what_the_desk_tells_is_what_the_client_reads(
    redis: Redis, desk: Desk, move_clock: MoveClock, route: Route
) -> None:
    """Each event of a story with all of it has its model."""
    await at(desk, move_clock, 301)
    await route()
    assert {type(parse_event(event)).__name__ for _, event in await events(redis)} == {
        "ConversationEscalated"
    }
