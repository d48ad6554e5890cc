"""Escalation: a customer waits for long, and the steps of the rules are done, each once."""

import asyncio
import re
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, MoveClock, Push
from onduty import SupportDesk
from onduty.events import ConversationEscalated, parse_event
from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.event_keys import EVENTS_WANTED
from onduty_desk.model.keys import ESCALATIONS_DUE, conversation_key
from onduty_dispatcher.wake_ups.timers import Timers

from .by_rules import rings
from .escalations import admins_news, at, escalated, go_by, step
from .three_phones import C1, events

GROUP_THEN_ADMINS = (step(60, "group"), step(120, "admins"))


@pytest.fixture
async def desk(redis: Redis, alice_writes: AliceWrites) -> Desk:
    """Three on duty who have been told of Alice, whose group has two steps."""
    await redis.set(EVENTS_WANTED, 3600)
    await go_by(redis, *GROUP_THEN_ADMINS)
    return await alice_writes(1, 2, 3)


async def test_each_step_is_done_once_and_on_time(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """The group rings once more, the admins are told, and then nothing is to come."""
    assert await at(desk, move_clock, 59) == []
    assert await rings(desk) == [1, 1, 1]
    assert await at(desk, move_clock, 61) == ["group"]
    assert await rings(desk) == [2, 2, 2]
    assert await at(desk, move_clock, 119) == ["group"]
    assert await admins_news(redis) == []
    assert await at(desk, move_clock, 121) == ["group", "admins"]
    assert await admins_news(redis) == ["escalated:c1"]
    assert await rings(desk) == [2, 2, 2]
    assert await at(desk, move_clock, 3_000) == ["group", "admins"]
    assert await redis.exists(ESCALATIONS_DUE) == 0


async def test_the_event_says_what_and_why(redis: Redis, desk: Desk, move_clock: MoveClock) -> None:
    """Whose rule, for which priority, and how long the customer has waited."""
    await at(desk, move_clock, 61)
    event = parse_event((await events(redis))[-1][1])
    assert isinstance(event, ConversationEscalated)
    assert (event.group, event.to, event.priority) == ("support", "group", "normal")
    assert event.waited_s in {61, 62}
    assert event.operator is None


async def test_several_processes_do_a_step_once(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """Two dispatchers and a third that has just started look at the same moment."""
    await move_clock(timedelta(seconds=130))
    await asyncio.gather(*(Timers(redis, desk.rules).look() for _ in range(3)), desk.run_timers())
    await desk.quiet()
    assert await escalated(redis) == ["group", "admins"]
    assert await rings(desk) == [2, 2, 2]


@pytest.mark.parametrize("end", ["claim", "close", "answer"])
async def test_a_claim_a_close_an_answer_end_it(
    desk: Desk, move_clock: MoveClock, end: str
) -> None:
    """Nothing is said of it any more, on cards either."""
    match end:
        case "claim":
            await desk.tap(1, Verb.CLAIM)
        case "close":
            await desk.instruct("close")
        case _:
            await desk.instruct("touch")
    await desk.quiet()
    assert await at(desk, move_clock, 130) == []
    shown = [card.text for n in (1, 2, 3) for card in await desk.cards(n)]
    assert not any("⏫" in text for text in shown)


async def test_a_return_goes_on_where_it_was(desk: Desk, move_clock: MoveClock) -> None:
    """Steps that are done stay done; the next is due when it would have been."""
    await at(desk, move_clock, 61)
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    assert await at(desk, move_clock, 100) == ["group"]
    await desk.tap(1, Verb.RELEASE)
    await desk.quiet()
    assert await at(desk, move_clock, 110) == ["group"]
    assert await at(desk, move_clock, 121) == ["group", "admins"]


async def test_what_fell_due_while_it_was_claimed_is_done_at_the_return(
    desk: Desk, move_clock: MoveClock
) -> None:
    """The customer has waited all the time."""
    await desk.tap(1, Verb.CLAIM)
    assert await at(desk, move_clock, 200) == []
    await desk.tap(1, Verb.RELEASE)
    assert await at(desk, move_clock, 201) == ["group", "admins"]


async def test_after_an_answer_the_next_message_begins_anew(
    desk: Desk, move_clock: MoveClock, push: Push
) -> None:
    """Each step once more, counted from that message."""
    await at(desk, move_clock, 130)
    await desk.instruct("touch")
    push("Thanks, and?")
    await desk.jobs.route()
    assert await at(desk, move_clock, 185) == ["group", "admins"]
    assert await at(desk, move_clock, 195) == ["group", "admins", "group"]


async def test_a_follow_up_changes_no_deadline(
    desk: Desk, move_clock: MoveClock, push: Push
) -> None:
    """It counts from when the customer began to wait."""
    await at(desk, move_clock, 50)
    push("Anybody?")
    await desk.jobs.route()
    assert await at(desk, move_clock, 61) == ["group"]


async def test_a_raise_begins_the_steps_of_the_new_priority(
    redis: Redis, desk: Desk, move_clock: MoveClock, redis_url: str
) -> None:
    """From when the customer began to wait; a fall begins none, and ends them."""
    await go_by(redis, *GROUP_THEN_ADMINS, step(30, "admins", "urgent"), step(1, "admins", "low"))
    backend = SupportDesk(redis_url)
    assert await at(desk, move_clock, 40) == []
    backend.prioritize("c1", "urgent")
    await desk.jobs.route()
    await desk.quiet()
    assert await escalated(redis) == ["admins"]
    assert await at(desk, move_clock, 130) == ["admins"]
    backend.prioritize("c1", "low")
    await desk.jobs.route()
    await desk.quiet()
    assert await at(desk, move_clock, 131) == ["admins"]
    backend.prioritize("c1", "normal")  # whose steps had begun
    await desk.jobs.route()
    assert await at(desk, move_clock, 132) == ["admins", "group", "admins"]


async def test_a_step_at_once_rings_once(
    redis: Redis, alice_writes: AliceWrites, move_clock: MoveClock
) -> None:
    """With the message itself."""
    await redis.set(EVENTS_WANTED, 3600)
    await go_by(redis, step(0, "group"))
    desk = await alice_writes(1, 2, 3)
    assert await at(desk, move_clock, 30) == ["group"]
    assert await rings(desk) == [1, 1, 1]


async def test_the_card_says_what_has_happened_and_what_comes_next(
    desk: Desk, move_clock: MoveClock
) -> None:
    """With the times of day, in the desk's zone."""
    clock = r"(\d\d\d\d-\d\d-\d\d )?\d\d:\d\d UTC"
    *first, end = (await desk.card(1)).text.splitlines()
    assert first == ["Hello?", "Alice writes to The Shop"]  # all that a notification shows
    assert re.fullmatch(f"⏫ the whole group at {clock}", end)
    await at(desk, move_clock, 61)
    head = (await desk.card(2)).text.splitlines()[0]
    assert re.fullmatch(f"⏫ Alice · the whole group rung {clock}, admins at {clock}", head)
    await at(desk, move_clock, 121)
    head = (await desk.card(3)).text.splitlines()[0]
    assert re.fullmatch(f"⏫ Alice · admins told {clock}", head)


async def test_a_step_that_rings_costs_no_edit_besides(
    desk: Desk, move_clock: MoveClock, redis: Redis
) -> None:
    """The new card says it; and the passing of time costs nothing."""
    before = await redis.hget(conversation_key(C1), "version")
    await at(desk, move_clock, 59)
    assert await redis.hget(conversation_key(C1), "version") == before
    await at(desk, move_clock, 61)
    for operator in (1, 2, 3):
        (card,) = await desk.cards(operator)
        assert not card.edited


async def test_where_there_are_no_steps_a_card_is_as_it_was(
    redis: Redis, alice_writes: AliceWrites, move_clock: MoveClock
) -> None:
    """A desk without a file, and one whose steps are for another priority."""
    await redis.set(EVENTS_WANTED, 3600)
    await go_by(redis, step(10, "admins", "urgent"))
    desk = await alice_writes(1)
    assert (await desk.card(1)).text == "Hello?\nAlice writes to The Shop"
    assert await at(desk, move_clock, 100) == []


async def test_a_release_with_a_delay_goes_on(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """No routing is due then: the steps are looked at all the same."""
    desk.rules = Rules(buttons_rest=timedelta(0), release_delay=timedelta(seconds=600))
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await desk.tap(1, Verb.RELEASE)
    await desk.quiet()
    assert await at(desk, move_clock, 61) == ["group"]
    assert await redis.hget(conversation_key(C1), "first_until_ms") is None
    assert await rings(desk) == [2, 2, 2]


async def test_what_an_older_version_returns_goes_on(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """It plans no step: what is claimed is looked at again and again, until it is answered."""
    await at(desk, move_clock, 61)
    await desk.tap(1, Verb.CLAIM)
    assert await at(desk, move_clock, 121) == ["group"]
    await redis.hset(conversation_key(C1), "state", "waiting")  # as a release of that version
    await redis.hdel(conversation_key(C1), "owner", "return_at_ms", "nudge_at_ms")
    assert await at(desk, move_clock, 190) == ["group", "admins"]
    await desk.quiet()
