"""Releasing and passing on all that one holds: one step, whatever else happens at that moment."""

import asyncio
import json
from datetime import timedelta
from itertools import count

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import HELD_S, Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, MoveClock, Push
from onduty.events import ConversationDelegated, parse_event
from onduty_desk.conversations.ownership import Conversations, DelegationOutcome
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.event_keys import EVENTS_WANTED, events_key
from onduty_desk.model.keys import (
    ChatId,
    ConversationId,
    OperatorId,
    claims_key,
    conversation_key,
    waiting_key,
)
from onduty_desk.model.phone_keys import chat_key
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Sandbox
from waiting import until

C1, C2 = ConversationId("c1"), ConversationId("c2")
BOTH = (C1, C2)
ONE, TWO = OperatorId(1), OperatorId(2)
_updates = count(7_000)


@pytest.fixture
async def desk(redis: Redis, sandbox: Sandbox, at_work: Desk, alice_writes: AliceWrites) -> Desk:
    """Operator 1 holds Alice's conversation; events are kept. There is a fourth phone."""
    at_work.phones.append(await sandbox.add_user(4, "Operator 4"))
    await at_work.phones[3].start()
    await redis.set(EVENTS_WANTED, 3600)
    desk = await alice_writes(1, 2, 3)
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    return desk


async def kinds(redis: Redis) -> list[str]:
    found = await redis.lrange(events_key(C1), 0, -1)
    return [json.loads(event)["type"].removeprefix("conversation.") for event in found]


async def is_consistent(redis: Redis) -> None:
    """Waiting and in the group's list, or claimed and in its owner's, and in no other."""
    state, owner = await redis.hmget(conversation_key(C1), "state", "owner")
    waits = await redis.zscore(waiting_key("support"), "c1") is not None
    holders = [n for n in (1, 2, 3) if await redis.zscore(claims_key(OperatorId(n)), "c1")]
    if state == "waiting":
        assert (waits, holders, owner) == (True, [], None)
    else:
        assert (state, waits) == ("claimed", False)
        assert [str(holder) for holder in holders] == [owner]


async def accepted(desk: Desk, operator: int = 2) -> None:
    """Let whoever is asked accept."""
    await desk.jobs.look()
    await desk.quiet()
    assert (await desk.tap(operator, Verb.ACCEPT)).result == "claimed"
    await desk.quiet()


async def test_the_backend_is_told_who_passed_it_to_whom(
    redis: Redis, desk: Desk, conversations: Conversations
) -> None:
    """When they have accepted: delegated, not claimed."""
    done = await conversations.pass_all(ONE, TWO, [C1], update_id=next(_updates))
    assert done == DelegationOutcome("passed", 1, "Operator 2")
    await accepted(desk)
    event = parse_event(json.loads((await redis.lrange(events_key(C1), -1, -1))[0]))
    assert isinstance(event, ConversationDelegated)
    assert event.operator is not None
    assert (event.operator.id, event.operator.name) == (2, "Operator 2")
    assert event.previous is not None
    assert (event.previous.id, event.previous.name) == (1, "Operator 1")


async def test_who_had_it_sees_who_has_it_now(desk: Desk, conversations: Conversations) -> None:
    """Every card."""
    await conversations.pass_all(ONE, TWO, [C1], update_id=next(_updates))
    await accepted(desk)
    lines = [(await desk.card(n)).text.splitlines()[0] for n in (1, 2, 3)]
    assert lines == [
        "👤 Alice · Operator 2 is answering",
        "🟢 Alice · waits for your answer",
        "👤 Alice · Operator 2 is answering",
    ]
    assert [len(await desk.cards(n)) for n in (1, 2, 3)] == [1, 1, 1]


async def test_closed_as_a_note_is_on_its_way_it_leaves_nothing(
    desk: Desk, sandbox: Sandbox
) -> None:
    """The note is of a time that is over when Telegram answers: who had it keeps no message."""
    await sandbox.fault("slow", "sendMessage", chat_id=1, delay_s=HELD_S, taken_first=True)
    for verb in (Verb.OPEN, Verb.TAKE_OVER, Verb.CONFIRM):
        await desk.tap(2, verb)
    await desk.phones[0].wait_for(lambda m: m.from_bot and m.reply_to is not None)
    await desk.instruct("close")
    await until(lambda: desk.redis.hget(conversation_key(C1), "state"), equals="closed")
    await sandbox.clear_faults()
    await desk.quiet()
    assert await desk.cards(1) == []


async def test_a_colleague_without_a_card_is_told_with_it(
    desk: Desk, conversations: Conversations, come_on: ComeOn
) -> None:
    """They came on after it was taken: the card rings, and says who passes it on."""
    await come_on(4)
    await conversations.pass_all(ONE, OperatorId(4), [C1], update_id=next(_updates))
    await desk.jobs.look()
    await desk.quiet()
    (card,) = await desk.cards(4)
    assert card.text.startswith("🤝 Alice · Operator 1 asks you to take this over\nHello?")
    assert (card.button_texts, card.silent) == (["🙋 Accept", "Decline"], False)


async def test_the_same_update_twice_hands_over_once(
    redis: Redis, desk: Desk, conversations: Conversations
) -> None:
    """A killed bot gets it again; the answer is the same though all has changed since."""
    first = await conversations.release_all(ONE, [C1], update_id=99)
    await desk.tap(1, Verb.CLAIM)
    assert await conversations.release_all(ONE, [C1], update_id=99) == first
    assert await redis.hget(conversation_key(C1), "owner") == "1"
    assert await kinds(redis) == ["claimed", "released", "claimed"]


@pytest.mark.usefixtures("desk")
async def test_two_taps_at_once_hand_over_once(redis: Redis, conversations: Conversations) -> None:
    """Whichever comes first; the other finds nothing."""
    done = await asyncio.gather(
        conversations.pass_all(ONE, TWO, [C1], update_id=next(_updates)),
        conversations.release_all(ONE, [C1], update_id=next(_updates)),
        conversations.pass_all(ONE, OperatorId(3), [C1], update_id=next(_updates)),
    )
    assert min(one.result for one in done) == "nothing"
    assert sum(one.count for one in done) == 1
    assert len(await kinds(redis)) == 2
    await is_consistent(redis)


async def test_what_is_no_longer_held_is_left_alone(
    redis: Redis, desk: Desk, conversations: Conversations, push: Push
) -> None:
    """Taken over by a colleague meanwhile, closed, or never one's own."""
    push("Hi", conversation="c2")
    await desk.jobs.route()
    for verb in (Verb.OPEN, Verb.TAKE_OVER, Verb.CONFIRM):
        await desk.tap(3, verb)
    for done in (
        await conversations.release_all(ONE, BOTH, update_id=next(_updates)),
        await conversations.pass_all(ONE, TWO, BOTH, update_id=next(_updates)),
    ):
        assert done == DelegationOutcome("nothing")
    assert await redis.hget(conversation_key(C1), "owner") == "3"
    assert await redis.hget(conversation_key(C2), "owner") is None


@pytest.mark.parametrize("to", [1, 5, 4711])
async def test_only_a_colleague_on_duty_in_the_group_is_passed_to(
    redis: Redis, desk: Desk, conversations: Conversations, come_on: ComeOn, to: int
) -> None:
    """Not oneself, not another group's, not somebody invented; the owner stays the owner."""
    await come_on(5, group="sales")
    done = await conversations.pass_all(ONE, OperatorId(to), [C1], update_id=next(_updates))
    assert done == DelegationOutcome("unavailable")
    assert await redis.hget(conversation_key(C1), "owner") == "1"
    await desk.quiet()
    assert (await desk.card(1)).button_texts == ["☑️ Close", "↩️ Release", "⋯", "📝 Note"]


@pytest.mark.parametrize("attempt", range(5))
async def test_passing_to_somebody_who_goes_off_at_that_moment(
    redis: Redis, desk: Desk, conversations: Conversations, roster: Roster, attempt: int
) -> None:
    """They never get it, or were asked for that moment, and it waits."""
    passing = conversations.pass_all(ONE, TWO, [C1], update_id=next(_updates))
    going = roster.sign_out(TWO, update_id=next(_updates))
    both = (passing, going) if attempt % 2 else (going, passing)
    await asyncio.gather(*both)
    await desk.jobs.look()
    await desk.quiet()
    owner, told = await redis.hget(conversation_key(C1), "owner"), await kinds(redis)
    assert (owner, told) in (("1", ["claimed"]), (None, ["claimed", "released"]))
    await is_consistent(redis)


@pytest.mark.parametrize("attempt", range(5))
async def test_releasing_while_others_tap(
    redis: Redis, desk: Desk, conversations: Conversations, attempt: int
) -> None:
    """One owner or none, and the events tell the same story."""
    done: list[DelegationOutcome] = []

    async def release() -> None:
        done.append(await conversations.release_all(ONE, [C1], update_id=next(_updates)))

    taps = [asyncio.create_task(desk.tap(operator, Verb.CLAIM)) for operator in (2, 3)]
    if attempt % 2:
        await asyncio.gather(*taps, release())
    else:
        await asyncio.gather(release(), *taps)
    assert done == [DelegationOutcome("released", 1)]
    claimed = [tap for tap in taps if tap.result().result == "claimed"]
    assert len(claimed) <= 1
    assert await kinds(redis) == ["claimed", "released"] + ["claimed"] * len(claimed)
    await is_consistent(redis)
    await desk.quiet()
    await is_consistent(redis)


async def test_off_closes_nothing_that_its_phone_has_not_shown(
    redis: Redis, desk: Desk, conversations: Conversations, push: Push, move_clock: MoveClock
) -> None:
    """The customer wrote while the tap was on its way: that opens it again."""
    now_s, _ = await redis.time()
    await redis.hset(chat_key(ChatId(1)), "next_at_ms", str((now_s + 100) * 1000))
    push("One more thing")
    await desk.jobs.route()
    assert await conversations.close_all(ONE, [C1], update_id=99) == DelegationOutcome("closed", 1)
    assert await redis.hget(conversation_key(C1), "state") == "waiting"
    await desk.jobs.look()
    await move_clock(timedelta(seconds=101))
    await desk.quiet()
    assert "One more thing" in (await desk.cards(1))[-1].text  # the last owner comes first
    assert await conversations.close_all(ONE, [C1], update_id=99) == DelegationOutcome("closed", 1)
    assert await redis.hget(conversation_key(C1), "state") == "waiting"
