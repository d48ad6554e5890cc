"""One message asks about all whom an operator lets wait; it rings seldom, and its rows are true."""

import asyncio
from itertools import count

from redis.asyncio import Redis

from desk_at_work.at_work import Desk, numbers
from desk_at_work.fixtures import MoveClock, Push
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ChatId, ConversationId, conversation_key
from onduty_desk.model.phone_keys import nudge_key

from .silent_owners import MINUTE, at, claim, rings, state

_updates = count(5_000_000)


async def test_all_that_are_silent_are_asked_about_in_one_message(
    desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """It rings once; each row has its buttons."""
    await claim(desk, push, "Alice", "Bilal", "Carol")
    await at(desk, move_clock, 3.1)
    (nudge,) = await desk.nudges(1)
    assert nudge.text.splitlines() == [
        "⏳ Are you still answering them?",
        "1. Alice",
        "“It is Alice”",
        "2. Bilal",
        "“It is Bilal”",
        "3. Carol",
        "“It is Carol”",
    ]
    assert nudge.button_texts == [
        text.format(n=n)
        for n in (1, 2, 3)
        for text in ("{n} Answering", "Close {n}", "Release {n}")
    ]
    assert len(await rings(desk)) == 1
    assert await desk.nudges(2) == []


async def test_who_has_just_tapped_is_asked_without_a_ring(
    desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """They look at the phone; if no more comes from them, it rings three minutes after the tap."""
    await claim(desk, push, "Alice")
    await move_clock(2 * MINUTE)
    await claim(desk, push, "Bilal")
    await at(desk, move_clock, 3.1)
    (first,) = await desk.nudges(1)
    assert first.silent
    await at(desk, move_clock, 4.9)
    assert await rings(desk) == []
    await at(desk, move_clock, 5.2)
    (second,) = await desk.nudges(1)
    assert (numbers(second), second.silent) == ([1, 2], False)
    assert second.message_id > first.message_id


async def test_what_becomes_silent_soon_after_is_shown_without_a_ring_and_rings_later(
    redis: Redis, desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """In the same message first; three minutes after the ring in a new one, in its place."""
    await claim(desk, push, "Alice")
    await move_clock(MINUTE)
    await claim(desk, push, "Bilal")
    await redis.hdel(nudge_key(ChatId(1)), "ring_at_ms")  # as if they had tapped nothing
    await at(desk, move_clock, 3.1)
    (first,) = await desk.nudges(1)
    await at(desk, move_clock, 4.2)
    (edited,) = await desk.nudges(1)
    assert edited.message_id == first.message_id
    assert numbers(edited) == [1, 2]
    assert len(await rings(desk)) == 1
    await at(desk, move_clock, 6.2)
    (second,) = await desk.nudges(1)
    assert second.message_id > first.message_id
    assert (numbers(second), second.silent) == ([1, 2], False)
    assert len(await rings(desk)) == 2
    await at(desk, move_clock, 7.5)
    assert len(await rings(desk)) == 2


async def test_when_the_first_is_answered_the_second_waits_for_its_ring(
    desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """It is shown at once, silently, in a message of its own."""
    await claim(desk, push, "Alice")
    await move_clock(MINUTE)
    await claim(desk, push, "Bilal")
    await at(desk, move_clock, 3.1)
    await desk.answer_nudge(1, Verb.KEEP)
    await at(desk, move_clock, 4.2)
    (shown,) = await desk.nudges(1)
    assert shown.text == "⏳ Are you still answering Bilal?\n“It is Bilal”"
    assert shown.silent
    await at(desk, move_clock, 6.2)
    (rung,) = await desk.nudges(1)
    assert (rung.text, rung.silent) == (shown.text, False)


async def test_ten_open_chats_ring_as_seldom_as_one(
    desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """They were taken one after the other, each half a minute later."""
    names = [f"Number {n:02}" for n in range(10)]
    for minute, name in enumerate(names):
        await move_clock(minute * MINUTE / 2)
        await claim(desk, push, name)
    for half in range(2 * 9):
        await at(desk, move_clock, half / 2)
    assert 1 <= len(await rings(desk)) <= 3
    assert len(await desk.nudges(1)) == 1


async def test_of_many_the_first_ten_have_rows(
    desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """The others are counted, and come up with a number of their own."""
    await claim(desk, push, *(f"Number {n:02}" for n in range(12)))
    await at(desk, move_clock, 3.1)
    (nudge,) = await desk.nudges(1)
    assert numbers(nudge) == list(range(1, 11))
    assert nudge.text.splitlines()[-1] == "and 2 more: /mine"
    await desk.answer_nudge(1, Verb.KEEP, 4)
    await desk.quiet()
    (nudge,) = await desk.nudges(1)
    assert numbers(nudge) == [1, 2, 3, 5, 6, 7, 8, 9, 10, 11]
    assert nudge.text.splitlines()[-1] == "and 1 more: /mine"
    assert (await desk.answer_nudge(1, Verb.CLOSE, 11)).result == "closed"


async def test_a_tap_twice_and_two_taps_at_once_do_it_once(
    redis: Redis, desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """The repeated update gets the same answer; the other tap finds the row answered."""
    await claim(desk, push, "Alice", "Bilal")
    await at(desk, move_clock, 3.1)
    update = next(_updates)
    for _ in range(2):
        assert (await desk.answer_nudge(1, Verb.KEEP, 1, update=update)).result == "renewed"
    assert await redis.hget(conversation_key(ConversationId("Alice")), "kept") == "1"
    (nudge,) = await desk.nudges(1)
    taps = (desk.tap(1, Verb.CLOSE, nudge.message_id, row=2) for _ in range(2))
    results = [tapped.result for tapped in await asyncio.gather(*taps)]
    assert sorted(results) == ["closed", "is_closed"]


async def test_forged_taps_change_nothing(
    redis: Redis, desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """Another's nudge, a row that is not there, a message that is none, an action of cards."""
    await claim(desk, push, "Alice")
    await at(desk, move_clock, 3.1)
    (nudge,) = await desk.nudges(1)
    assert (await desk.tap(2, Verb.CLOSE, nudge.message_id, row=1)).result == "unknown"
    assert (await desk.tap(1, Verb.CLOSE, nudge.message_id, row=2)).result == "unknown"
    assert (await desk.tap(1, Verb.CLOSE, nudge.message_id, row=0)).result == "unknown"
    assert (await desk.tap(1, Verb.CLOSE, 10**6, row=1)).result == "unknown"
    assert (await desk.tap(1, Verb.CLOSE, nudge.message_id)).result == "unknown"
    assert (await desk.tap(1, Verb.REOPEN, nudge.message_id, row=1)).result == "yours"
    assert await state(redis, "Alice") == "claimed"


async def test_a_button_of_the_nudge_before_still_means_what_it_says(
    redis: Redis, desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """Replaced by a ringing one, but a tap was on its way."""
    await claim(desk, push, "Alice")
    await move_clock(MINUTE)
    await claim(desk, push, "Bilal")
    await at(desk, move_clock, 3.1)
    (first,) = await desk.nudges(1)
    await desk.answer_nudge(1, Verb.KEEP)
    await at(desk, move_clock, 4.2)
    (second,) = await desk.nudges(1)
    assert (await desk.tap(1, Verb.CLOSE, first.message_id, row=1)).result == "closed"
    assert [await state(redis, name) for name in ("Alice", "Bilal")] == ["closed", "claimed"]
    assert (await desk.tap(1, Verb.CLOSE, second.message_id, row=1)).result == "closed"
    assert await state(redis, "Bilal") == "closed"


async def test_hostile_names_and_texts_stay_in_their_lines(
    desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """Nobody writes a row or a command of ours."""
    push(
        "a\n2. Bob\n/off https://evil.example", conversation="c1", customer_name="<b>Eve</b>\n9. X"
    )
    await desk.jobs.route()
    await desk.quiet()
    await desk.tap(1, Verb.CLAIM)
    await at(desk, move_clock, 3.1)
    (nudge,) = await desk.nudges(1)
    assert len(nudge.text.splitlines()) == 2
    assert "bot_command" not in [entity["type"] for entity in nudge.entities]
