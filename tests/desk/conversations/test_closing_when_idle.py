"""Answered, and nobody writes any more: the conversation closes itself."""

from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import MoveClock, Push
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import DUE, conversation_key
from onduty_dispatcher.wake_ups.timers import Timers

from .three_phones import C1, events

HOUR = timedelta(hours=1)


async def at(desk: Desk, move_clock: MoveClock, time: timedelta) -> None:
    await move_clock(time)
    await desk.run_timers()
    await desk.quiet()


async def is_closed(redis: Redis) -> bool:
    return await redis.hget(conversation_key(C1), "state") == "closed"


async def test_a_day_after_the_last_word_it_closes(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """The event says why, and names nobody; its owner may open it again."""
    await desk.tap(1, Verb.CLAIM)
    await desk.instruct("touch")
    await at(desk, move_clock, 23.9 * HOUR)
    assert not await is_closed(redis)
    await at(desk, move_clock, 24.1 * HOUR)
    for _ in range(2):
        await desk.run_timers()
    await desk.quiet()
    card = await desk.card(1)
    assert card.text.splitlines()[0] == "☑️ Alice · closed: nobody wrote any more"
    assert card.button_texts == ["Reopen"]
    assert [await desk.cards(operator) for operator in (2, 3)] == [[], []]
    kinds = [
        (kind, event.get("reason"), event.get("operator"))
        for kind, event in (await events(redis))[1:]
    ]
    assert kinds == [("closed", "idle", None)]
    assert await redis.zcard(DUE) == 0
    assert (await desk.tap(1, Verb.REOPEN)).result == "reopened"
    await desk.quiet()
    assert (await desk.card(1)).text.splitlines()[0] == "🟢 Alice · answered"


@pytest.mark.parametrize("word", ["answer", "message"])
async def test_a_word_of_anybody_puts_it_off(
    redis: Redis, desk: Desk, push: Push, move_clock: MoveClock, word: str
) -> None:
    """An answer begins the day anew, and a message of the customer waits for an answer first."""
    await desk.tap(1, Verb.CLAIM)
    await desk.instruct("touch")
    await at(desk, move_clock, 23 * HOUR)
    if word == "message":
        push("One more thing")
        await desk.jobs.route()
        assert not await redis.hexists(conversation_key(C1), "close_at_ms")
    await desk.instruct("touch")
    await at(desk, move_clock, 46.9 * HOUR)
    assert not await is_closed(redis)
    await at(desk, move_clock, 47.1 * HOUR)
    assert await is_closed(redis)


async def test_what_was_answered_without_a_claim_closes_too(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """The backend reported an answer to a customer whom nobody had claimed here."""
    await desk.instruct("touch")
    await at(desk, move_clock, 24.1 * HOUR)
    assert await is_closed(redis)
    await desk.quiet()
    assert [await desk.cards(operator) for operator in (1, 2, 3)] == [[], [], []]


async def test_released_it_waits_for_a_colleague(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """Somebody is asked to go on with it, however long that takes."""
    await desk.tap(1, Verb.CLAIM)
    await desk.instruct("touch")
    await desk.tap(1, Verb.RELEASE)
    await at(desk, move_clock, 100 * HOUR)
    assert not await is_closed(redis)


async def test_with_0_it_never_does(redis: Redis, desk: Desk, move_clock: MoveClock) -> None:
    """A desk whose backend closes conversations itself."""
    desk.rules = replace(desk.rules, close_idle_after=timedelta(0))
    await desk.tap(1, Verb.CLAIM)
    await desk.instruct("touch")
    await redis.hdel(conversation_key(C1), "close_at_ms")  # the dispatcher has other rules
    await desk.tap(1, Verb.KEEP)
    await at(desk, move_clock, 1_000 * HOUR)
    assert not await is_closed(redis)


async def test_a_timer_that_an_older_version_left_closes_nothing(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """A customer who has the last word waits for an answer."""
    await desk.tap(1, Verb.CLAIM)
    await desk.instruct("touch")
    await redis.hdel(conversation_key(C1), "answered")
    await at(desk, move_clock, 24.1 * HOUR)
    assert not await is_closed(redis)
    assert not await redis.hexists(conversation_key(C1), "close_at_ms")


async def test_of_many_dispatchers_one_closes_it(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """There is one event."""
    await desk.tap(1, Verb.CLAIM)
    await desk.instruct("touch")
    await move_clock(24.1 * HOUR)
    for timers in [Timers(redis, desk.rules) for _ in range(3)]:
        await timers.look()
    assert [kind for kind, _ in await events(redis)] == ["claimed", "closed"]
