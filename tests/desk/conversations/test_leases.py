"""A claim is a lease: who is silent is asked, then the customer waits for everyone again."""

import json
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, MoveClock
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import DUE, EVENTS_WANTED, ConversationId, OperatorId, events_key
from onduty_desk.roster.operators import Roster

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
    found = await redis.lrange(events_key(ConversationId("c1")), -1, -1)
    event: dict[str, object] = json.loads(found[0])
    return event


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
    card, nudge = await desk.cards(1)
    assert nudge.text == "⏳ Are you still answering Alice?"
    assert nudge.button_texts == ["Still answering", "↩️ Release"]
    assert nudge.reply_to == card.message_id
    assert not nudge.silent
    await at(desk, move_clock, 8.0 * MINUTE)
    assert (await desk.card(2)).text.startswith("✅ Operator 1 is answering")
    await at(desk, move_clock, 8.2 * MINUTE)
    assert (await desk.card(2)).text.startswith("↩️ Returned from Operator 1")
    assert (await desk.cards(2))[1].text == "↩️ Alice waits again: nothing came from Operator 1"
    card, lost = await desk.cards(1)
    assert card.button_texts == ["🙋 I'll answer", "👀 Look"]
    assert lost.text == "↩️ Alice waits again for everyone: nothing came from you for too long"
    event = await last_event(redis)
    assert (event["type"], event["reason"]) == ("conversation.released", "lease_ended")
    assert event["operator"] == {"id": 1, "name": "Operator 1"}
    assert await redis.zcard(DUE) == 0


@pytest.mark.parametrize("by", ["nudge", "card", "backend"])
async def test_a_sign_of_life_renews_it(desk: Desk, move_clock: MoveClock, by: str) -> None:
    """A tap on "Still answering", or the backend's word; the question goes away."""
    await at(desk, move_clock, 3.1 * MINUTE)
    card, nudge = await desk.cards(1)
    if by == "backend":
        await desk.instruct("touch")
    else:
        on = nudge if by == "nudge" else card
        assert (await desk.tap(1, Verb.KEEP, on.message_id)).result == "renewed"
    await desk.quiet()
    assert len(await desk.cards(1)) == 1
    await at(desk, move_clock, 6.0 * MINUTE)
    assert len(await desk.cards(1)) == 1
    await at(desk, move_clock, 6.2 * MINUTE)
    assert len(await desk.cards(1)) == 2
    assert (await desk.card(2)).text.startswith("✅ Operator 1 is answering")


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
    nudge = (await desk.cards(1))[1]
    assert (await desk.tap(1, Verb.RELEASE, nudge.message_id)).result == "released"
    await desk.quiet()
    assert len(await desk.cards(1)) == 1
    assert (await desk.card(2)).text.startswith("↩️ Returned from Operator 1")


async def test_a_question_of_before_is_not_anothers(desk: Desk, move_clock: MoveClock) -> None:
    """Taken over by a colleague, the old owner's "Still answering" says who is."""
    await at(desk, move_clock, 3.1 * MINUTE)
    nudge = (await desk.cards(1))[1]
    for verb in (Verb.OPEN, Verb.TAKE_OVER, Verb.CONFIRM):
        await desk.tap(2, verb)
    tapped = await desk.tap(1, Verb.KEEP, nudge.message_id)
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
    assert (await desk.cards(2))[1].text == "↩️ Alice waits again: nothing came from Operator 1"


async def test_closed_there_is_nothing_to_ask(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """No moment is left behind."""
    await desk.tap(1, Verb.CLOSE)
    assert await redis.zcard(DUE) == 0
    await at(desk, move_clock, 10 * MINUTE)
    assert len(await desk.cards(1)) == 1
