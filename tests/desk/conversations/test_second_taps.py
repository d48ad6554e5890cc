"""A second tap on the same place does nothing to a button that has just replaced another."""

from datetime import timedelta

import pytest

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, MoveClock
from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import Verb
from onduty_sandbox.client import Sandbox
from waiting import until

REST = timedelta(seconds=30)
LONGER = timedelta(seconds=31)


@pytest.fixture
def rules() -> Rules:
    return Rules(buttons_rest=REST)


async def claimed(desk: Desk) -> None:
    assert (await desk.tap(1, Verb.CLAIM)).result == "claimed"
    await desk.quiet()


async def test_the_second_tap_on_ill_answer_does_not_close(alice_writes: AliceWrites) -> None:
    """Close has replaced the button that was tapped: it does nothing yet, and says so."""
    desk = await alice_writes(1)
    await claimed(desk)

    assert (await desk.tap(1, Verb.CLOSE)).result == "just_changed"
    await desk.quiet()
    assert (await desk.card(1)).button_texts == ["☑️ Close", "↩️ Release", "⋯"]


async def test_after_the_rest_a_tap_is_meant(
    alice_writes: AliceWrites, move_clock: MoveClock
) -> None:
    """Who has looked can close."""
    desk = await alice_writes(1)
    await claimed(desk)
    await move_clock(LONGER)

    assert (await desk.tap(1, Verb.CLOSE)).result == "closed"


async def test_a_clock_set_back_keeps_no_button_at_rest(
    alice_writes: AliceWrites, move_clock: MoveClock
) -> None:
    """The buttons changed in the future: nobody waits until then."""
    desk = await alice_writes(1)
    await claimed(desk)
    await move_clock(-timedelta(minutes=5))

    assert (await desk.tap(1, Verb.CLOSE)).result == "closed"


async def test_a_tap_for_what_was_shown_before_is_answered_as_ever(
    alice_writes: AliceWrites,
) -> None:
    """Telegram delivers a tap on the old button late: it says what is true of it."""
    desk = await alice_writes(1)
    await claimed(desk)

    assert (await desk.tap(1, Verb.CLAIM)).result == "yours"


async def test_a_button_on_a_fresh_card_works_at_once(alice_writes: AliceWrites) -> None:
    """Nothing else was in its place."""
    desk = await alice_writes(1)

    assert (await desk.tap(1, Verb.OPEN)).result == "opened"


async def test_close_does_not_become_reopen(
    alice_writes: AliceWrites, move_clock: MoveClock
) -> None:
    """Two taps on Close close."""
    desk = await alice_writes(1)
    await claimed(desk)
    await move_clock(LONGER)
    await desk.tap(1, Verb.CLOSE)
    await desk.quiet()

    assert (await desk.tap(1, Verb.REOPEN)).result == "just_changed"
    await move_clock(2 * LONGER)
    assert (await desk.tap(1, Verb.REOPEN)).result == "reopened"


async def test_open_does_not_become_yes_take_over(
    alice_writes: AliceWrites, move_clock: MoveClock
) -> None:
    """Three taps on Open take nobody's customer away."""
    desk = await alice_writes(1, 2)
    await claimed(desk)
    await move_clock(LONGER)
    assert (await desk.tap(2, Verb.OPEN)).result == "opened"
    await desk.quiet()
    assert (await desk.tap(2, Verb.TAKE_OVER)).result == "just_changed"
    await move_clock(2 * LONGER)
    assert (await desk.tap(2, Verb.TAKE_OVER)).result == "confirm"
    await desk.quiet()
    assert (await desk.tap(2, Verb.CONFIRM)).result == "just_changed"
    await move_clock(3 * LONGER)
    assert (await desk.tap(2, Verb.CONFIRM)).result == "claimed"


async def test_a_change_that_is_not_written_down_yet_counts(
    alice_writes: AliceWrites, sandbox: Sandbox
) -> None:
    """The phone shows Close before the dispatcher knows: a tap in between is no different."""
    desk = await alice_writes(1)
    await sandbox.latency(1)
    assert (await desk.tap(1, Verb.CLAIM)).result == "claimed"
    await until(lambda: desk.redis.hexists("onduty:chat:1", "lease"), equals=True)

    assert (await desk.tap(1, Verb.CLOSE)).result == "just_changed"


async def test_the_same_update_is_answered_the_same(
    alice_writes: AliceWrites, move_clock: MoveClock
) -> None:
    """A tap that is handled again after a crash closes nothing after the rest."""
    desk = await alice_writes(1)
    await claimed(desk)
    await desk.tap(1, Verb.CLOSE, update=77)
    await move_clock(LONGER)

    assert (await desk.tap(1, Verb.CLOSE, update=77)).result == "just_changed"


async def test_a_page_is_turned_at_once(alice_writes: AliceWrites) -> None:
    """Its buttons have just come, and a second tap takes nobody: it is only read further."""
    desk = await alice_writes(1, text="so on " * 3_000)
    await desk.press(1, "👀 Look")
    assert (await desk.press(1, "▶️")).result == "opened"
    assert (await desk.press(1, "▶️")).result == "opened"
    await desk.quiet()
    assert (await desk.tap(1, Verb.BACK)).result == "just_changed"
