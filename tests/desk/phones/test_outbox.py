"""Leases, attempts and settlements: what holds when senders die, come late, or race."""

import asyncio
import json
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import UNHURRIED
from desk_at_work.fixtures import MoveClock, Push
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId
from onduty_desk.model.phone_keys import chat_key
from onduty_desk.phones.outbox import LEASE, Outbox
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.routing import Router

from .taking import do_all, send, state, take_one

LEASE_IS_OVER = LEASE + timedelta(seconds=1)


@pytest.fixture
def rules() -> Rules:
    """Every message rings."""
    return Rules(ring_every=timedelta(0))


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


async def test_what_waits_again_meanwhile_is_drawn_into_the_card_that_is_repeated(
    redis: Redis,
    outbox: Outbox,
    conversations: Conversations,
    push: Push,
    router: Router,
    message: str,
    move_clock: MoveClock,
) -> None:
    """Its owner, who has asked for the whole card, reads nothing old below what is newer."""
    card = await send(outbox, await take_one(outbox))
    tapped = await conversations.tap(
        Verb.CLAIM,
        operator_id=OperatorId(1),
        name="Anna",
        chat_id=ChatId(1),
        message_id=card,
        update_id=1,
    )
    assert tapped.result == "claimed"
    await do_all(outbox)
    push("Two")
    await router.route_accepted()
    dead = await take_one(outbox)
    assert await outbox.attempt(dead, dead.message_ids, 1)
    await conversations.show_card(ConversationId("c1"), OperatorId(1), update_id=2)
    push("Three")
    await router.route_accepted()
    await move_clock(LEASE_IS_OVER)
    shown = await do_all(outbox)
    sends = [texts for step, texts in shown if step == "send"]
    assert sends == [["Two"], ["Three"]]
    assert ("edit", ["Two", "One"]) in shown
    assert await state(redis, message) == "summarised"


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
    assert await redis.hget(chat_key(ChatId(1)), "lease") == other.lease
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


@pytest.mark.parametrize("which_is_first", ["late", "other"])
async def test_a_part_that_two_senders_sent_is_no_next_part(
    redis: Redis, outbox: Outbox, message: str, move_clock: MoveClock, which_is_first: str
) -> None:
    """One was slow, and Telegram took its part later: the buttons are below the last."""
    late = await take_one(outbox)
    begun = await outbox.attempt(late, late.message_ids, 2)
    assert begun
    await move_clock(LEASE_IS_OVER)
    other = await take_one(outbox)
    again = await outbox.attempt(other, other.message_ids, 2)
    assert again
    assert (again.id, again.part) == (begun.id, begun.part)
    answers = [(late, begun, "13"), (other, again, "11")]
    for taken, attempt, telegram_id in answers if which_is_first == "late" else answers[::-1]:
        await outbox.settle(taken, "done", telegram_id, attempt_id=attempt.id, part=attempt.part)
    assert await state(redis, message) == "attempting"
    first, second = ("13", "11") if which_is_first == "late" else ("11", "13")
    assert await copy_of(redis) == {"remove": [int(second)]}
    await move_clock(2 * LEASE_IS_OVER)
    last = await take_one(outbox)
    rest = await outbox.attempt(last, last.message_ids, 2)
    assert rest
    assert rest.part == 1
    await outbox.settle(last, "done", "14", attempt_id=rest.id, part=rest.part)
    assert await state(redis, message) == f"sent {first},14"
    shown = await copy_of(redis)
    assert (shown["card"], shown["parts"]) == (14, [int(first)])


async def copy_of(redis: Redis) -> dict[str, object]:
    """Return what the phone has of the message's conversation, but for times."""
    (key,) = await redis.keys("onduty:copies:*")
    copy = json.loads(str(await redis.hget(key, "1")))
    return {name: value for name, value in copy.items() if not name.endswith("_ms")}


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
