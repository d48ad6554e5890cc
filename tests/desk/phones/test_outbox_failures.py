"""What was not sent: it waits for its turn, is offered anew, withdrawn, or given up."""

import json
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.fixtures import ComeOn, MoveClock, Push
from onduty.wire import ACCEPTED, inbox_key
from onduty_desk.conversations.rules import Rules
from onduty_desk.failures.failures import Failures
from onduty_desk.lua.calling import script
from onduty_desk.model.keys import (
    FAILURES,
    TELEGRAM,
    ChatId,
    ConversationId,
    OperatorId,
    conversation_key,
)
from onduty_desk.model.phone_keys import outbox_key
from onduty_desk.model.roster_keys import known_key
from onduty_desk.model.words import Outcome
from onduty_desk.phones.outbox import Outbox
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.routing import Router

from .taking import state, take_one


@pytest.fixture
def rules() -> Rules:
    """Every message rings."""
    return Rules(ring_every=timedelta(0))


async def test_what_is_being_offered_anew_is_not_forgotten(
    redis: Redis,
    outbox: Outbox,
    roster: Roster,
    router: Router,
    message: str,
    come_on: ComeOn,
    move_clock: MoveClock,
) -> None:
    """A colleague went off duty: until all of it is routed again, each phone keeps its place."""
    c1 = conversation_key(ConversationId("c1"))
    offered = str(await redis.hget(c1, "offered_seq"))
    await redis.hset(c1, "offered_seq", "0")
    await redis.zadd(ACCEPTED, {"c1": 1})
    assert (await outbox.take(10))[0] == []
    assert await redis.zscore(outbox_key(ChatId(1)), "c1") is not None
    await roster.sign_out(OperatorId(1))
    await come_on(2)
    await outbox.take(10)
    assert (offered, await state(redis, message)) == ("1", "withdrawn")
    await router.route_accepted()
    await move_clock(timedelta(seconds=1))
    assert (await take_one(outbox)).chat_id == 2


async def test_what_was_not_taken_lets_others_go_first(
    outbox: Outbox, router: Router, push: Push, message: str, move_clock: MoveClock
) -> None:
    """The same phone's other customers do not wait for it."""
    (other,) = push("Me too", conversation="c2")
    await router.route_accepted()
    await settle_one(outbox, message, "not_taken", "HTTP 403, a page")
    await settle_one(outbox, other, "done", "10")
    nothing, due_in = await outbox.take(10)
    assert nothing == []
    assert due_in
    await move_clock(due_in + timedelta(milliseconds=100))
    await settle_one(outbox, message, "done", "11")
    assert await outbox.take(10) == ([], None)


async def settle_one(outbox: Outbox, message: str, settlement: Outcome, detail: str) -> str:
    taken = await take_one(outbox)
    assert taken.message_ids == (message,)
    attempt = await outbox.attempt(taken, taken.message_ids, 1)
    assert attempt
    assert not attempt.is_repeat
    return await outbox.settle(taken, settlement, detail, attempt_id=attempt.id)


@pytest.mark.parametrize(
    ("meanwhile", "last"), [("others succeed", "given_up"), ("nothing", "settled")]
)
async def test_six_failures_are_enough_only_while_others_succeed(
    redis: Redis, outbox: Outbox, message: str, move_clock: MoveClock, meanwhile: str, last: str
) -> None:
    """Then it is this card's own fault; while nothing is taken at all, it waits for its turn.

    A desk that pauses because three chats fail, though Telegram answers, forgets no count.
    """
    failed, asked = (
        script(redis, "telegram/send_failed"),
        script(redis, "telegram/note_answer"),
    )
    for operator in (1, 2, 3):
        await redis.set(known_key(OperatorId(operator)), "1")
    settled, moved = "", timedelta(0)
    for _ in range(6):
        settled = await settle_one(outbox, message, "not_taken", "HTTP 403, a page")
        answers = [await failed(args=[chat, "HTTP 403, a page", 1_000]) for chat in (1, 2, 3)]
        assert answers[-1] == "began"
        assert (await outbox.take(10))[0] == []
        await redis.hset(TELEGRAM, "probe_at_ms", 0)
        assert await script(redis, "telegram/probe")(args=[7_000]) == 0
        assert (await asked(args=["1", ""]))[0] == "back"
        moved += timedelta(seconds=9)
        await move_clock(moved)
        if meanwhile == "others succeed":
            await redis.hset(TELEGRAM, "sent_ms", 10**13)
    assert settled == last
    expected = "given up: HTTP 403, a page" if last == "given_up" else "waiting"
    assert await state(redis, message) == expected


async def test_what_is_given_up_stays_with_its_reason(
    redis: Redis, outbox: Outbox, message: str
) -> None:
    """The failed list holds which messages, for whom and why, and the phone is free again."""
    taken = await take_one(outbox)
    attempt = await outbox.attempt(taken, taken.message_ids, 1)
    assert attempt
    await outbox.settle(taken, "given_up", "Bad Request: no", attempt_id=attempt.id)
    assert await state(redis, message) == "given up: Bad Request: no"
    (failure,) = (json.loads(value) for value in await redis.hvals(FAILURES))
    assert (failure["chat"], failure["messages"], failure["reason"]) == (
        "1",
        [message],
        "Bad Request: no",
    )
    assert await outbox.take(10) == ([], None)


async def test_what_waits_elsewhere_lives_through_an_offer_anew(
    redis: Redis,
    redis_url: str,
    router: Router,
    roster: Roster,
    outbox: Outbox,
    push: Push,
    come_on: ComeOn,
) -> None:
    """One phone's message is offered to the group again while it still waits for another phone."""
    await come_on(1, 2)
    (message_id,) = push("One")
    await router.route_accepted()
    taken, _ = await outbox.take(10)
    (second,) = (phone for phone in taken if phone.chat_id == 2)
    attempt = await outbox.attempt(second, second.message_ids, 1)
    assert attempt
    await outbox.settle(second, "given_up", "too often", attempt_id=attempt.id)
    await roster.sign_out(OperatorId(2))
    (failure,) = await Failures(redis).all()
    assert await Failures(redis).retry(failure, redis_url)
    await redis.delete("onduty:chat:1")  # its lease is over
    await redis.zadd("onduty:timetable:normal", {"1": 0})
    assert not (await outbox.take(10))[0]
    await router.route_accepted()
    assert (await take_one(outbox)).message_ids == (message_id,)


async def test_what_failed_before_the_conversation_was_closed_comes_no_more(
    redis: Redis,
    outbox: Outbox,
    push: Push,
    router: Router,
    message: str,
    come_on: ComeOn,
    move_clock: MoveClock,
) -> None:
    """The customer wrote again: that comes, though a colleague has it already."""
    await come_on(2)
    failed = await take_one(outbox)
    attempt = await outbox.attempt(failed, failed.message_ids, 1)
    assert attempt
    await outbox.settle(failed, "unknown", pause=timedelta(seconds=1), attempt_id=attempt.id)
    await redis.rpush(inbox_key("c1"), '["close"]')
    await redis.zadd(ACCEPTED, {"c1": 1})
    (again,) = push("Me again")
    await router.route_accepted()
    await move_clock(timedelta(seconds=2))
    taken, _ = await outbox.take(10)
    assert sorted((one.chat_id, one.message_ids) for one in taken) == [(1, (again,)), (2, (again,))]
    assert await state(redis, message) == "withdrawn"


async def test_a_card_that_comes_after_its_round_was_closed_is_no_card_of_the_next(
    redis: Redis,
    outbox: Outbox,
    push: Push,
    router: Router,
    message: str,
    move_clock: MoveClock,
) -> None:
    """It is removed, and what the customer wrote next has a card of its own."""
    slow = await take_one(outbox)
    attempt = await outbox.attempt(slow, slow.message_ids, 1)
    assert attempt
    await redis.rpush(inbox_key("c1"), '["close"]')
    await redis.zadd(ACCEPTED, {"c1": 1})
    (again,) = push("Me again")
    await router.route_accepted()
    await outbox.settle(slow, "done", "10", attempt_id=attempt.id)
    await move_clock(timedelta(seconds=2))
    found = []
    for seconds in (4, 6):
        taken = await take_one(outbox)
        found.append((taken.step, taken.view.changed, taken.message_ids))
        if taken.step == "send":
            new = await outbox.attempt(taken, taken.message_ids, 1)
            assert new
            await outbox.settle(taken, "done", "11", attempt_id=new.id)
        else:
            await outbox.settle(taken, "done")
        await move_clock(timedelta(seconds=seconds))
    assert sorted(found) == [("delete", (10,), ()), ("send", (), (again,))]
    assert (message, slow.message_ids) == (slow.message_ids[0], (message,))


async def test_what_failed_and_is_partly_of_this_round_comes_whole(
    redis: Redis, outbox: Outbox, push: Push, router: Router, message: str, move_clock: MoveClock
) -> None:
    """Closed with a message that its phone had not shown: the round begins within the attempt."""
    (two,) = push("Two")
    await router.route_accepted()
    failed = await take_one(outbox)
    attempt = await outbox.attempt(failed, failed.message_ids, 1)
    assert attempt
    await outbox.settle(failed, "unknown", pause=timedelta(seconds=1), attempt_id=attempt.id)
    await redis.hset(conversation_key(ConversationId("c1")), "from_seq", "1")
    await move_clock(timedelta(seconds=2))
    assert (await take_one(outbox)).message_ids == (message, two)
