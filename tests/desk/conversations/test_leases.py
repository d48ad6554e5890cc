"""A claim is a lease: who lets the customer wait is asked, then it waits for everyone again."""

import json
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, MoveClock, Push
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.event_keys import EVENTS_WANTED, events_key
from onduty_desk.model.keys import DUE, ConversationId, OperatorId, conversation_key
from onduty_desk.roster.operators import Roster

C1 = ConversationId("c1")
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def desk(redis: Redis, alice_writes: AliceWrites) -> Desk:
    """Operator 1 of two is answering Alice."""
    await redis.set(EVENTS_WANTED, 3600)
    desk = await alice_writes(1, 2)
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    return desk


async def last_event(redis: Redis) -> dict[str, object]:
    found = await redis.lrange(events_key(C1), -1, -1)
    event: dict[str, object] = json.loads(found[0])
    return event


async def is_asked(desk: Desk) -> bool:
    return len(await desk.nudges(1)) == 1


async def at(desk: Desk, move_clock: MoveClock, time: timedelta) -> None:
    await move_clock(time)
    await desk.run_timers()
    await desk.quiet()


async def test_a_silent_owner_is_asked_and_then_it_returns(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """After three minutes, and five more; everyone is rung and reads whose it was."""
    await at(desk, move_clock, 2.9 * MINUTE)
    assert len(await desk.cards(1)) == 1
    await at(desk, move_clock, 3.1 * MINUTE)
    _, nudge = await desk.cards(1)
    assert nudge.text == "⏳ Are you still answering Alice?\n“Hello?”"
    assert nudge.button_texts == ["Still answering", "☑️ Close", "↩️ Release"]
    assert not nudge.silent
    await at(desk, move_clock, 8.0 * MINUTE)
    assert (await desk.card(2)).text.startswith("👤 Alice · Operator 1 is answering")
    await at(desk, move_clock, 8.2 * MINUTE)
    assert (await desk.card(2)).text.startswith("↩️ Alice · returned from Operator 1")
    assert (await desk.card(2)).text.startswith("↩️ Alice · returned from Operator 1\nHello?")
    card, lost = await desk.cards(1)
    assert card.button_texts == ["🙋 I'll answer", "⋯"]
    assert lost.text == "↩️ Alice waits again for everyone: nothing came from you for too long"
    event = await last_event(redis)
    assert (event["type"], event["reason"]) == ("conversation.released", "lease_ended")
    assert event["operator"] == {"id": 1, "name": "Operator 1"}
    assert await redis.zcard(DUE) == 0


async def test_who_says_that_they_are_still_answering_is_asked_ever_later(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """The question goes away, and comes after 6 minutes, 12, 24, 30 and 30."""
    now, asked = 3.1 * MINUTE, 0
    await at(desk, move_clock, now)
    for minutes in (6, 12, 24, 30, 30):
        asked += 1
        (nudge,) = await desk.nudges(1)
        for _ in range(2):  # the second changes nothing
            assert (await desk.tap(1, Verb.KEEP, nudge.message_id, row=1)).result == "renewed"
        await desk.quiet()
        assert len(await desk.cards(1)) == 1
        await at(desk, move_clock, now + (minutes - 0.1) * MINUTE)
        assert len(await desk.cards(1)) == 1
        now += (minutes + 0.1) * MINUTE
        await at(desk, move_clock, now)
        assert len(await desk.cards(1)) == 2
    assert await redis.hget(conversation_key(C1), "kept") == str(asked)
    assert (await desk.card(2)).text.startswith("👤 Alice · Operator 1 is answering")


async def test_for_the_next_owner_it_begins_anew(desk: Desk, move_clock: MoveClock) -> None:
    """What the one before has said is no word of theirs."""
    await at(desk, move_clock, 3.1 * MINUTE)
    await desk.answer_nudge(1, Verb.KEEP)
    for verb in (Verb.OPEN, Verb.TAKE_OVER, Verb.CONFIRM):
        await desk.tap(2, verb)
    await at(desk, move_clock, 6.3 * MINUTE)
    assert await desk.nudges(2)


async def test_an_answer_stops_it(redis: Redis, desk: Desk, move_clock: MoveClock) -> None:
    """The question goes away, and nobody is asked while the operator has the last word."""
    await at(desk, move_clock, 3.1 * MINUTE)
    assert len(await desk.cards(1)) == 2
    for _ in range(2):
        await desk.instruct("touch")
    await desk.quiet()
    await at(desk, move_clock, 60 * MINUTE)
    await desk.tap(1, Verb.KEEP)  # of a card that was not edited yet
    await at(desk, move_clock, 120 * MINUTE)
    assert len(await desk.cards(1)) == 1
    fields = await redis.hgetall(conversation_key(C1))
    assert fields.keys() & {"nudge_at_ms", "return_at_ms", "nudged", "kept"} == set()
    assert fields["owner"] == "1"


async def test_the_customers_next_message_starts_it(
    desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """From the first that is without an answer; a further one does not put it off."""
    await desk.instruct("touch")
    await at(desk, move_clock, 60 * MINUTE)
    push("And then?")
    await desk.jobs.route()
    await at(desk, move_clock, 62 * MINUTE)
    push("Hello?")
    await desk.jobs.route()
    await at(desk, move_clock, 62.2 * MINUTE)
    assert not await is_asked(desk)
    await at(desk, move_clock, 63.1 * MINUTE)
    assert await is_asked(desk)
    await at(desk, move_clock, 68.2 * MINUTE)
    assert (await desk.card(2)).text.startswith("↩️ Alice · returned from Operator 1")


async def test_an_answer_makes_the_next_lease_short_again(
    desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """What was said before it counts no more."""
    await at(desk, move_clock, 3.1 * MINUTE)
    await desk.answer_nudge(1, Verb.KEEP)
    await desk.instruct("touch")
    push("And then?")
    await desk.jobs.route()
    await at(desk, move_clock, 6.2 * MINUTE)
    assert await is_asked(desk)


async def test_claimed_after_an_answer_nobody_is_asked(desk: Desk, move_clock: MoveClock) -> None:
    """Whoever has it: the operators have the last word."""
    await desk.instruct("touch")
    await desk.tap(1, Verb.RELEASE)
    await desk.tap(2, Verb.CLAIM)
    await at(desk, move_clock, 60 * MINUTE)
    assert (await desk.card(2)).text.startswith("🟢 Alice · answered")


async def test_a_lease_that_an_older_version_let_run_ends_in_nothing(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """For it, `touch` starts the lease again; side by side with it nobody is asked for nothing."""
    await desk.instruct("touch")
    key = conversation_key(C1)
    for timer in ("nudge_at_ms", "return_at_ms"):
        await redis.hdel(key, "close_at_ms")
        await redis.hset(key, mapping={timer: 1, "nudged": 1})
        await redis.zadd(DUE, {"c1": 1})
        await at(desk, move_clock, MINUTE)
        assert await redis.hmget(key, timer, "nudged", "owner") == [None, None, "1"]
        assert await redis.hexists(key, "close_at_ms")
    assert len(await desk.cards(1)) == 1


async def test_a_message_that_an_older_version_routed_is_made_good_by_the_next(
    redis: Redis, desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """It takes the last word from the operator, and starts no lease."""
    await desk.instruct("touch")
    await redis.hdel(conversation_key(C1), "answered")
    push("Hello?")
    await desk.jobs.route()
    await at(desk, move_clock, 3.1 * MINUTE)
    assert await is_asked(desk)


async def test_renewed_before_it_was_sent_the_question_is_not_asked(
    desk: Desk, move_clock: MoveClock
) -> None:
    """Both are a step in Redis; the phone shows what was last."""
    await move_clock(3.1 * MINUTE)
    await desk.timers.look()
    await desk.tap(1, Verb.KEEP)
    await desk.quiet()
    assert len(await desk.cards(1)) == 1


async def test_released_by_the_question(desk: Desk, move_clock: MoveClock) -> None:
    """Its other button; the question goes away too."""
    await at(desk, move_clock, 3.1 * MINUTE)
    assert (await desk.answer_nudge(1, Verb.RELEASE)).result == "released"
    await desk.quiet()
    assert len(await desk.cards(1)) == 1
    assert (await desk.card(2)).text.startswith("↩️ Alice · returned from Operator 1")


async def test_a_question_of_before_is_not_anothers(desk: Desk, move_clock: MoveClock) -> None:
    """Taken over by a colleague, the old owner's "Still answering" says who is."""
    await at(desk, move_clock, 3.1 * MINUTE)
    (nudge,) = await desk.nudges(1)
    for verb in (Verb.OPEN, Verb.TAKE_OVER, Verb.CONFIRM):
        await desk.tap(2, verb)
    tapped = await desk.tap(1, Verb.KEEP, nudge.message_id, row=1)
    assert (tapped.result, tapped.name) == ("taken", "Operator 2")
    await desk.quiet()
    assert [card.button_texts for card in await desk.cards(1)] == [["👀 Open"], []]


async def test_off_duty_the_lease_ends_all_the_same(
    desk: Desk, move_clock: MoveClock, roster: Roster
) -> None:
    """Nobody is asked; doing nothing gives it back."""
    await roster.sign_out(OperatorId(1))
    await at(desk, move_clock, 3.1 * MINUTE)
    await at(desk, move_clock, 8.2 * MINUTE)
    assert len(await desk.cards(1)) == 1
    assert (await desk.card(2)).text.startswith("↩️ Alice · returned from Operator 1\nHello?")


async def test_closed_there_is_nothing_to_ask(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """No moment is left behind."""
    await desk.tap(1, Verb.CLOSE)
    assert await redis.zcard(DUE) == 0
    await at(desk, move_clock, 10 * MINUTE)
    assert len(await desk.cards(1)) == 1
