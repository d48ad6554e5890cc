"""Leases, attempts and settlements: what holds when senders die, come late, or race."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import UNHURRIED
from desk_at_work.fixtures import ComeOn, Push
from onduty.wire import ACCEPTED, inbox_key
from onduty_desk.conversations.rules import Rules
from onduty_desk.failures.failures import Failures
from onduty_desk.lua.loader import script
from onduty_desk.model.keys import (
    FAILURES,
    TELEGRAM,
    ChatId,
    ConversationId,
    OperatorId,
    conversation_key,
    deliveries_key,
    known_key,
    outbox_key,
)
from onduty_desk.model.words import Outcome
from onduty_desk.phones.outbox import LEASE, Outbox, Taken
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.routing import Router

MoveClock = Callable[[timedelta], Awaitable[None]]
LEASE_IS_OVER = LEASE + timedelta(seconds=1)


@pytest.fixture
def rules() -> Rules:
    """Every message rings."""
    return Rules(ring_every=timedelta(0))


@pytest.fixture
async def message(router: Router, push: Push, come_on: ComeOn) -> str:
    """A message that waits for operator 1."""
    await come_on(1)
    (message_id,) = push("One")
    await router.route_accepted()
    return message_id


async def take_one(outbox: Outbox) -> Taken:
    (taken,), _ = await outbox.take(10)
    return taken


async def state(redis: Redis, message: str) -> str | bytes | None:
    return await redis.hget(deliveries_key(message), "1")


async def test_two_senders_never_have_one_phone(redis: Redis, message: str) -> None:
    """Of many that take at once, one gets it."""
    senders = [Outbox(redis, UNHURRIED, Rules(), retention=timedelta(days=1)) for _ in range(10)]
    taken = [taken for taken, _ in await asyncio.gather(*(s.take(10) for s in senders))]
    assert sum(len(phones) for phones in taken) == 1
    assert await state(redis, message) == "waiting"


async def test_a_delivery_is_written_before_and_after_the_send(
    redis: Redis, outbox: Outbox, message: str
) -> None:
    """It is waiting, attempting, then sent with Telegram's message id."""
    taken = await take_one(outbox)
    attempt = await outbox.attempt(taken, taken.message_ids, 1)
    assert attempt
    assert await state(redis, message) == "attempting"
    assert await outbox.settle(taken, "done", "77", attempt_id=attempt.id)
    assert await state(redis, message) == "sent 77"
    assert await redis.get("onduty:card:1:77") == "c1"


async def test_a_sender_that_dies_before_the_attempt_leaves_no_doubt(
    outbox: Outbox, message: str, move_clock: MoveClock
) -> None:
    """Nothing was sent, so the next one's card is not a repeat."""
    await take_one(outbox)
    await move_clock(LEASE_IS_OVER)
    taken = await take_one(outbox)
    assert taken.message_ids == (message,)
    attempt = await outbox.attempt(taken, taken.message_ids, 1)
    assert attempt
    assert attempt.unknowns == 0


async def test_a_sender_that_dies_after_the_attempt_leaves_a_possible_repeat(
    outbox: Outbox, push: Push, router: Router, message: str, move_clock: MoveClock
) -> None:
    """Exactly the same set is sent once more, even if more has come meanwhile."""
    dead = await take_one(outbox)
    assert await outbox.attempt(dead, dead.message_ids, 1)
    push("Two")
    await router.route_accepted()
    await move_clock(LEASE_IS_OVER)
    taken = await take_one(outbox)
    assert taken.message_ids == (message,)
    attempt = await outbox.attempt(taken, taken.message_ids, 1)
    assert attempt
    assert attempt.unknowns == 1
    await outbox.settle(taken, "done", "5", attempt_id=attempt.id)
    assert [m.text for m in (await take_one(outbox)).messages] == ["Two"]


async def test_a_late_sender_s_success_is_the_truth(
    redis: Redis, outbox: Outbox, message: str, move_clock: MoveClock
) -> None:
    """Its lease has run out and another has the phone: what was sent is written all the same."""
    late = await take_one(outbox)
    attempt = await outbox.attempt(late, late.message_ids, 1)
    assert attempt
    await move_clock(LEASE_IS_OVER)
    other = await take_one(outbox)
    assert await outbox.settle(late, "done", "8", attempt_id=attempt.id)
    assert await state(redis, message) == "sent 8"
    assert await outbox.attempt(other, other.message_ids, 1) is None


async def test_a_late_sender_s_failure_changes_nothing(
    redis: Redis, outbox: Outbox, message: str, move_clock: MoveClock
) -> None:
    """The phone is another's by now."""
    late = await take_one(outbox)
    attempt = await outbox.attempt(late, late.message_ids, 1)
    assert attempt
    await move_clock(LEASE_IS_OVER)
    other = await take_one(outbox)
    assert await outbox.settle(late, "given_up", "late", attempt_id=attempt.id) == "gone"
    assert await state(redis, message) == "attempting"
    assert await outbox.attempt(other, other.message_ids, 1)


async def test_no_request_begins_when_the_lease_is_nearly_over(
    outbox: Outbox, message: str, move_clock: MoveClock
) -> None:
    """A sender that was frozen must not send what another is about to."""
    taken = await take_one(outbox)
    assert taken.message_ids == (message,)
    await move_clock(LEASE - timedelta(seconds=5))
    assert await outbox.attempt(taken, taken.message_ids, 1) is None


async def test_no_request_begins_after_off(
    redis: Redis, outbox: Outbox, roster: Roster, message: str
) -> None:
    """/off between taking and sending: nothing is sent, and the delivery is withdrawn."""
    taken = await take_one(outbox)
    await roster.sign_out(OperatorId(1))
    assert await outbox.attempt(taken, taken.message_ids, 1) is None
    assert (await outbox.take(10))[0] == []
    assert await state(redis, message) == "withdrawn"


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
    await move_clock(due_in)
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
        script(redis, "telegram/asked"),
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


async def test_the_parts_of_a_long_message_have_records_of_their_own(
    redis: Redis, outbox: Outbox, message: str
) -> None:
    """Each part is one send; the message is sent when the last one is."""
    for part, telegram_id in enumerate(("11", "12", "13")):
        taken = await take_one(outbox)
        attempt = await outbox.attempt(taken, taken.message_ids, 3)
        assert attempt
        assert (attempt.part, attempt.parts) == (part, 3)
        await outbox.settle(taken, "done", telegram_id, attempt_id=attempt.id)
        assert await redis.get(f"onduty:card:1:{telegram_id}") == "c1"
    assert await state(redis, message) == "sent 11,12,13"
    assert await outbox.take(10) == ([], None)


async def test_the_steps_survive_a_redis_that_forgot_the_scripts(
    redis: Redis, outbox: Outbox, message: str
) -> None:
    """A restarted Redis knows no script; they load themselves again."""
    taken = await take_one(outbox)
    await redis.script_flush()
    attempt = await outbox.attempt(taken, taken.message_ids, 1)
    assert attempt
    await redis.script_flush()
    assert await outbox.settle(taken, "done", "1", attempt_id=attempt.id)
    assert await state(redis, message) == "sent 1"


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
