"""Reading a conversation without taking it: the others see it, for a minute."""

from datetime import timedelta

import pytest

from onduty_desk.conversations.verbs import Verb

from .at_work import Desk
from .conftest import AliceWrites, MoveClock

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def desk(alice_writes: AliceWrites) -> Desk:
    """Three on duty who have been told of Alice."""
    return await alice_writes(1, 2, 3)


async def first_lines(desk: Desk) -> list[str]:
    await desk.quiet()
    return [(await desk.card(operator)).text.splitlines()[0] for operator in (1, 2, 3)]


async def buttons(desk: Desk, operator: int) -> list[str]:
    await desk.quiet()
    return (await desk.card(operator)).button_texts


async def passes(desk: Desk, move_clock: MoveClock, time: timedelta) -> None:
    await move_clock(time)
    await desk.look_at_moments()


async def test_looking_is_seen_for_a_minute(desk: Desk, move_clock: MoveClock) -> None:
    """By the others; the looker's card shows all that was written, and goes back by itself."""
    await desk.tap(1, Verb.OPEN)
    assert await first_lines(desk) == [
        "Hello?",
        "👀 Operator 1 is looking",
        "👀 Operator 1 is looking",
    ]
    assert await buttons(desk, 1) == ["🙋 I'll answer", "Back"]
    await passes(desk, move_clock, 1.1 * MINUTE)
    assert await first_lines(desk) == ["Hello?"] * 3
    assert await buttons(desk, 1) == ["🙋 I'll answer", "👀 Look"]


async def test_the_owner_sees_it_too(desk: Desk, move_clock: MoveClock) -> None:
    """Below their own line."""
    await desk.tap(1, Verb.CLAIM)
    await desk.tap(2, Verb.OPEN)
    await desk.quiet()
    assert (await desk.card(1)).text.startswith(
        "✅ You are answering\n👀 Operator 2 is looking\nHello?"
    )
    await passes(desk, move_clock, 1.1 * MINUTE)
    await desk.quiet()
    assert (await desk.card(1)).text.startswith("✅ You are answering\nHello?")


async def test_going_back_ends_the_look(desk: Desk) -> None:
    """For everyone, at once."""
    await desk.tap(1, Verb.OPEN)
    await desk.quiet()
    assert (await desk.tap(1, Verb.BACK)).result == "back"
    assert await first_lines(desk) == ["Hello?"] * 3


async def test_the_last_of_two_who_look_is_seen(desk: Desk, move_clock: MoveClock) -> None:
    """When that one goes back, the other; each look ends by itself, a minute after it began."""
    await desk.tap(1, Verb.OPEN)
    await move_clock(MINUTE / 2)
    await desk.tap(2, Verb.OPEN)
    assert (await first_lines(desk))[2] == "👀 Operator 2 is looking"
    await desk.tap(2, Verb.BACK)
    assert (await first_lines(desk))[2] == "👀 Operator 1 is looking"
    await desk.tap(2, Verb.OPEN)
    await passes(desk, move_clock, 1.1 * MINUTE)
    assert (await first_lines(desk))[2] == "👀 Operator 2 is looking"
    assert await buttons(desk, 1) == ["🙋 I'll answer", "👀 Look"]
    assert await buttons(desk, 2) == ["🙋 I'll answer", "Back"]
    await passes(desk, move_clock, 1.6 * MINUTE)
    assert await first_lines(desk) == ["Hello?"] * 3
    assert await buttons(desk, 2) == ["🙋 I'll answer", "👀 Look"]


@pytest.mark.parametrize("is_closed_between", [False, True])
async def test_claimed_meanwhile_the_look_ends_by_itself(
    desk: Desk, move_clock: MoveClock, *, is_closed_between: bool
) -> None:
    """Its card is as everybody's then; closed and reopened in between, too."""
    await desk.tap(1, Verb.OPEN)
    await desk.tap(2, Verb.CLAIM)
    assert await buttons(desk, 1) == ["Take over", "Back"]
    if is_closed_between:
        await desk.tap(2, Verb.CLOSE)
        await desk.tap(2, Verb.REOPEN)
    await passes(desk, move_clock, 1.1 * MINUTE)
    assert await first_lines(desk) == [
        "✅ Operator 2 is answering",
        "✅ You are answering",
        "✅ Operator 2 is answering",
    ]
    assert await buttons(desk, 1) == ["👀 Open"]


async def test_who_claims_does_not_look_any_more(desk: Desk) -> None:
    """The others see one line, about who answers."""
    await desk.tap(1, Verb.OPEN)
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    assert (
        await desk.card(2)
    ).text == "✅ Operator 1 is answering\nHello?\nAlice writes to The Shop"
