"""Nudges that were deleted, refused or without an answer, and those of an older version."""

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk, numbers
from desk_at_work.fixtures import MoveClock, Push
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ConversationId, conversation_key, copies_key
from onduty_desk.model.phone_keys import NUDGES
from onduty_sandbox.client import Sandbox

from .silent_owners import MINUTE, at, claim, rings, state


async def test_deleted_by_its_operator_it_comes_again_without_a_ring(
    desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """Which is noticed with the next edit; whom it asked about are still waiting."""
    await claim(desk, push, "Alice", "Bilal")
    await at(desk, move_clock, 3.1)
    (nudge,) = await desk.nudges(1)
    await desk.phones[0].delete(nudge.message_id)
    await desk.tap(1, Verb.KEEP, nudge.message_id, row=1)
    await desk.quiet()
    (again,) = await desk.nudges(1)
    assert (again.text, again.silent) == ("⏳ Are you still answering Bilal?\n“It is Bilal”", True)


async def test_a_note_of_an_older_version_becomes_a_row(
    redis: Redis, desk: Desk, push: Push
) -> None:
    """Its dispatcher has asked for a message for this one alone."""
    await claim(desk, push, "c1")
    await redis.hset(conversation_key(ConversationId("c1")), "nudged", "1")
    copy = str(await redis.hget(copies_key(ConversationId("c1")), "1"))
    await redis.hset(copies_key(ConversationId("c1")), "1", copy[:-1] + ',"note":"nudge"}')
    await redis.zadd("onduty:outbox:1", {"c1": 1})
    await redis.zadd("onduty:timetable:normal", {"1": 0})
    await desk.jobs.look()
    await desk.quiet()
    (nudge,) = await desk.nudges(1)
    assert numbers(nudge) == [1]


async def test_what_an_older_version_answers_leaves_it_soon(
    redis: Redis, desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """Its bot knows nothing of the message; rows are looked at every ten seconds."""
    await claim(desk, push, "Alice", "Bilal")
    await at(desk, move_clock, 3.1)
    await redis.hdel(conversation_key(ConversationId("Alice")), "nudged", "return_at_ms")
    await at(desk, move_clock, 3.4)
    (nudge,) = await desk.nudges(1)
    assert numbers(nudge) == [2]


async def test_a_phone_that_an_older_version_took_off_the_timetable_is_put_there_again(
    redis: Redis, desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """Its dispatcher finds nothing to be done there."""
    await claim(desk, push, "Alice")
    await move_clock(3.1 * MINUTE)
    await desk.timers.look()
    assert await redis.hget("onduty:chat:1", "nudge_class") == "normal"
    await redis.delete("onduty:chat:1")
    await redis.zrem("onduty:timetable:normal", "1")
    await desk.jobs.look()
    assert await desk.nudges(1) == []
    await at(desk, move_clock, 3.4)
    assert len(await desk.nudges(1)) == 1


@pytest.mark.parametrize("method", ["sendMessage", "editMessageText"])
async def test_refused_for_a_moment_it_comes_later(
    sandbox: Sandbox, desk: Desk, push: Push, move_clock: MoveClock, method: str
) -> None:
    """429, and Telegram's own errors."""
    await claim(desk, push, "Alice", "Bilal")
    for kind in ("429", "500"):
        await sandbox.fault(kind, method, chat_id=1)
    await at(desk, move_clock, 3.1)
    await desk.answer_nudge(1, Verb.KEEP, 1)
    await desk.quiet()
    (nudge,) = await desk.nudges(1)
    assert numbers(nudge) == [2]
    assert len(await rings(desk)) == 1


async def test_one_that_may_have_come_comes_once_more(
    sandbox: Sandbox, desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """An owner who was never asked would lose the customer without knowing."""
    await claim(desk, push, "Alice")
    await sandbox.fault("cut_before", "sendMessage", chat_id=1)
    await at(desk, move_clock, 3.1)
    (nudge,) = await desk.nudges(1)
    first, *rest = nudge.text.splitlines()
    assert first == "↻ You may have this one already"
    assert rest[0] == "⏳ Are you still answering Alice?"


async def test_twice_without_an_answer_is_enough(
    redis: Redis, sandbox: Sandbox, desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """Nobody is asked a third time; the lease ends all the same."""
    await claim(desk, push, "Alice")
    await sandbox.fault("cut_before", "sendMessage", chat_id=1, times=2)
    await at(desk, move_clock, 3.1)
    assert await desk.nudges(1) == []
    assert await redis.zcard(NUDGES) == 0
    await at(desk, move_clock, 8.3)
    assert await state(redis, "Alice") == "waiting"
