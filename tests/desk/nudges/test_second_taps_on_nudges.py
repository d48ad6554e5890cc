"""A row that has moved up does nothing for a moment: the tap was meant for the one before."""

from datetime import timedelta

import pytest

from desk_at_work.at_work import HELD_S, Desk
from desk_at_work.fixtures import ComeOn, MoveClock, Push
from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import Verb
from onduty_sandbox.client import Sandbox

from .silent_owners import at, claim


@pytest.fixture
def rules() -> Rules:
    return Rules(release_delay=timedelta(0))


@pytest.fixture
async def desk(at_work: Desk, come_on: ComeOn, push: Push, move_clock: MoveClock) -> Desk:
    """Operator 1 is asked about three."""
    await come_on(1, 2)
    await claim(at_work, push, "Alice", "Bilal", "Carol")
    await at(at_work, move_clock, 3.1)
    return at_work


async def test_the_second_of_two_taps_closes_nobody_else(desk: Desk, move_clock: MoveClock) -> None:
    """The row below has come into its place; two seconds later it may be tapped."""
    assert (await desk.answer_nudge(1, Verb.CLOSE, 1)).result == "closed"
    await desk.quiet()
    assert (await desk.answer_nudge(1, Verb.CLOSE, 2)).result == "just_changed"
    await move_clock(timedelta(minutes=3.1, seconds=10))
    assert (await desk.answer_nudge(1, Verb.CLOSE, 2)).result == "closed"


async def test_a_row_that_has_not_moved_may_be_tapped_at_once(desk: Desk) -> None:
    """Those above one that has gone."""
    assert (await desk.answer_nudge(1, Verb.CLOSE, 3)).result == "closed"
    await desk.quiet()
    assert (await desk.answer_nudge(1, Verb.CLOSE, 1)).result == "closed"


async def test_while_it_is_being_edited_rows_that_move_do_nothing(
    sandbox: Sandbox, desk: Desk
) -> None:
    """The phone may show it before it is written down."""
    (nudge,) = await desk.nudges(1)
    (newest,) = (await sandbox.log())[-1:]
    await sandbox.latency(HELD_S)
    await desk.tap(1, Verb.CLOSE, nudge.message_id, row=1)
    await sandbox.wait_for_request("editMessageText", after=newest.sequence)
    assert (await desk.tap(1, Verb.CLOSE, nudge.message_id, row=2)).result == "just_changed"
    await sandbox.latency(0)
    await desk.quiet()
