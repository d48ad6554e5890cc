"""A customer who writes much rings the operator who answers them now and then, with all of it."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, MoveClock, Push
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import deliveries_key
from onduty_sandbox.client import Sandbox

SECOND = timedelta(seconds=1)


@pytest.fixture
async def desk(alice_writes: AliceWrites, move_clock: MoveClock) -> Desk:
    """Operator 1 of two is answering Alice; her last ring was a minute ago."""
    desk = await alice_writes(1, 2)
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await move_clock(60 * SECOND)
    return desk


async def follow(desk: Desk, push: Push, text: str, priority: str = "normal") -> str:
    (message,) = push(text, priority=priority)
    await desk.jobs.route()
    await desk.quiet()
    return message


async def rings(desk: Desk) -> list[bool]:
    return [not card.silent for card in (await desk.cards(1))[1:]]


async def test_a_follow_up_soon_after_a_ring_comes_silently(
    redis: Redis, desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """At once, and without a sound; 30 s after the ring the next one rings."""
    for seconds in (60, 70, 75, 95, 96):
        await move_clock(seconds * SECOND)
        message = await follow(desk, push, f"At {seconds}")
        assert str(await redis.hget(deliveries_key(message), "1")).startswith("sent ")
    assert await rings(desk) == [True, False, False, True, False]
    assert [len(await desk.cards(operator)) for operator in (1, 2)] == [6, 1]


async def test_just_taken_a_follow_up_comes_silently(alice_writes: AliceWrites, push: Push) -> None:
    """Who has tapped a moment ago is looking at the card."""
    desk = await alice_writes(1, 2)
    await desk.tap(1, Verb.CLAIM)
    await follow(desk, push, "And please hurry")
    assert await rings(desk) == [False]


async def test_an_urgent_one_always_rings(desk: Desk, push: Push) -> None:
    """And begins the 30 seconds anew."""
    for priority in ("normal", "urgent", "urgent", "normal"):
        await follow(desk, push, priority, priority)
    assert await rings(desk) == [True, True, True, False]


async def test_a_ring_that_failed_is_none(sandbox: Sandbox, desk: Desk, push: Push) -> None:
    """Sent again, it rings; only the next is silent."""
    await sandbox.fault("429", "sendMessage", chat_id=1)
    await follow(desk, push, "One")
    await follow(desk, push, "Two")
    assert (await rings(desk))[0]
    assert not any((await rings(desk))[1:])


async def test_each_conversation_rings_for_itself(desk: Desk, push: Push) -> None:
    """Alice's ring takes none from Bilal."""
    push("Hi", conversation="c2", customer_name="Bilal")
    await desk.jobs.route()
    await desk.quiet()
    await follow(desk, push, "From Alice")
    assert await rings(desk) == [True, True]


async def test_passed_on_the_first_card_rings(desk: Desk, push: Push) -> None:
    """However soon after the last ring there: it is news."""
    await desk.instruct("touch")
    await follow(desk, push, "For two")
    for verb in (Verb.OPEN, Verb.TAKE_OVER, Verb.CONFIRM):
        await desk.tap(2, verb)
    await desk.quiet()
    told = (await desk.cards(1))[-1]
    assert told.text.startswith("🔄 Operator 2 took over")
    assert not told.silent
