"""What takes a row out of the message that asks, and who is not asked at all."""

import asyncio

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk, numbers
from desk_at_work.fixtures import MoveClock, Push
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId
from onduty_desk.model.phone_keys import NUDGES, silent_key
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.timers import Timers

from .silent_owners import MINUTE, at, claim, rings, state


async def test_an_answered_row_leaves_and_the_others_keep_their_numbers(
    redis: Redis, desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """Each button acts on the customer of its row; with the last row the message goes."""
    await claim(desk, push, "Alice", "Bilal", "Carol")
    await at(desk, move_clock, 3.1)
    (nudge,) = await desk.nudges(1)
    assert (await desk.answer_nudge(1, Verb.CLOSE, 2)).result == "closed"
    await desk.quiet()
    assert [await state(redis, name) for name in ("Alice", "Bilal", "Carol")] == [
        "claimed",
        "closed",
        "claimed",
    ]
    (left,) = await desk.nudges(1)
    assert left.message_id == nudge.message_id
    assert numbers(left) == [1, 3]
    assert "Bilal" not in left.text
    assert (await desk.answer_nudge(1, Verb.RELEASE, 3)).result == "released"
    await desk.quiet()
    (left,) = await desk.nudges(1)
    assert left.text == "⏳ Are you still answering Alice?\n“It is Alice”"
    assert left.button_texts == ["Still answering", "☑️ Close", "↩️ Release"]
    assert (await desk.answer_nudge(1, Verb.KEEP)).result == "renewed"
    await desk.quiet()
    assert await desk.nudges(1) == []
    assert len(await rings(desk)) == 1
    assert await redis.zcard(NUDGES) == 0
    assert await redis.zcard(silent_key(ChatId(1))) == 0


@pytest.mark.parametrize("how", ["card", "touch", "taken over", "backend closes", "message"])
async def test_what_is_answered_elsewhere_leaves_it_too(
    desk: Desk, push: Push, move_clock: MoveClock, how: str
) -> None:
    """By a tap on the card, the backend, a colleague; a message of the customer is no answer."""
    await claim(desk, push, "c1", "Bilal")
    await at(desk, move_clock, 3.1)
    if how == "card":
        await desk.tap(1, Verb.RELEASE)
    elif how == "touch":
        await desk.instruct("touch")
    elif how == "backend closes":
        await desk.instruct("close")
    elif how == "message":
        push("It is c1", conversation="c1", customer_name="c1")
        await desk.jobs.route()
    else:
        for verb in (Verb.OPEN, Verb.TAKE_OVER, Verb.CONFIRM):
            await desk.tap(2, verb)
    await desk.quiet()
    (nudge,) = await desk.nudges(1)
    assert ("Bilal" in nudge.text, "c1" in nudge.text) == (True, how == "message")


async def test_off_duty_nobody_is_asked(
    desk: Desk, push: Push, move_clock: MoveClock, roster: Roster
) -> None:
    """The message goes with /off; who comes on again is asked about what becomes silent then."""
    await claim(desk, push, "Alice", "Bilal")
    await at(desk, move_clock, 3.1)
    (nudge,) = await desk.nudges(1)
    await roster.sign_out(OperatorId(1))
    await desk.jobs.look()
    await desk.quiet()
    assert await desk.nudges(1) == []
    assert (await desk.tap(1, Verb.KEEP, nudge.message_id, row=1)).result == "off_duty"


async def test_passed_on_the_new_owner_is_asked(
    desk: Desk, push: Push, move_clock: MoveClock, conversations: Conversations
) -> None:
    """Each about what is theirs."""
    await claim(desk, push, "Alice", "Bilal")
    await at(desk, move_clock, 3.1)
    alice = [ConversationId("Alice")]
    await conversations.pass_all(OperatorId(1), OperatorId(2), alice, update_id=77)
    await desk.jobs.look()
    await desk.quiet()
    asked = next(card for card in await desk.cards(2) if "🙋 Accept" in card.button_texts)
    assert (await desk.tap(2, Verb.ACCEPT, asked.message_id)).result == "claimed"
    await at(desk, move_clock, 6.3)
    (first,), (second,) = await desk.nudges(1), await desk.nudges(2)
    assert "Bilal" in first.text
    assert "Alice" not in first.text
    assert "Alice" in second.text


async def test_when_the_lease_ends_the_row_goes(
    redis: Redis, desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """Five minutes after it was asked; there is nothing more to ask."""
    await claim(desk, push, "Alice")
    await move_clock(MINUTE)
    await claim(desk, push, "Bilal")
    await at(desk, move_clock, 3.1)
    await at(desk, move_clock, 4.2)
    await at(desk, move_clock, 8.3)
    (nudge,) = await desk.nudges(1)
    assert "Alice" not in nudge.text
    await at(desk, move_clock, 9.5)
    assert await desk.nudges(1) == []
    assert await redis.zcard(NUDGES) == 0


async def test_of_many_dispatchers_one_asks(
    redis: Redis, desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """At the same moment."""
    await claim(desk, push, "Alice", "Bilal")
    await move_clock(3.1 * MINUTE)
    await asyncio.gather(*(Timers(redis, desk.rules).look() for _ in range(3)))
    await desk.jobs.look()
    await desk.quiet()
    assert len(await desk.nudges(1)) == 1
    assert len(await rings(desk)) == 1
