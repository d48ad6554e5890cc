"""What comes at the same moment as a pass, in either order: one place, and cards that say so."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import MoveClock
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import OperatorId
from onduty_desk.roster.operators import Roster

from .passing_on import fields_of_c1, is_in_one_place, pass_on
from .three_phones import buttons, events

Step = Callable[[], Awaitable[object]]
OF = {
    "owner": ["☑️ Close", "↩️ Release", "⋯", "📝 Note"],
    "other": ["👀 Open"],
    "waits": ["🙋 I'll answer", "⋯"],
    "closed": ["Reopen"],
    "off": [],
}


def steps(desk: Desk, card: int, roster: Roster, move_clock: MoveClock) -> dict[str, Step]:
    async def time_out() -> None:
        await move_clock(timedelta(seconds=31))
        await desk.run_timers()

    return {
        "accept": lambda: desk.tap(2, Verb.ACCEPT, card),
        "accept again": lambda: desk.tap(2, Verb.ACCEPT, card),
        "decline": lambda: desk.tap(2, Verb.DECLINE, card),
        "time-out": time_out,
        "take back": lambda: desk.tap(1, Verb.TAKE_BACK),
        "close": lambda: desk.tap(1, Verb.CLOSE),
        "release": lambda: desk.tap(1, Verb.RELEASE),
        "the backend closes": lambda: desk.instruct("close"),
        "passer goes off": lambda: roster.sign_out(OperatorId(1), update_id=5),
        "passer is kicked": lambda: roster.sign_out(OperatorId(1), "removed"),
        "receiver goes off": lambda: roster.sign_out(OperatorId(2), update_id=6),
        "second pass": lambda: pass_on(desk, 1, 3),
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("accept", "take back"),
        ("accept", "accept again"),
        ("accept", "close"),
        ("accept", "release"),
        ("accept", "the backend closes"),
        ("accept", "time-out"),
        ("accept", "passer goes off"),
        ("accept", "passer is kicked"),
        ("accept", "receiver goes off"),
        ("accept", "second pass"),
        ("decline", "time-out"),
        ("decline", "take back"),
        ("decline", "passer goes off"),
        ("time-out", "receiver goes off"),
        ("time-out", "close"),
        ("second pass", "take back"),
    ],
)
@pytest.mark.parametrize("is_turned", [False, True])
async def test_two_things_at_once(
    redis: Redis,
    offered: Desk,
    roster: Roster,
    move_clock: MoveClock,
    one: str,
    other: str,
    is_turned: bool,  # noqa: FBT001 - pytest fills it in
) -> None:
    """Afterwards all is as if one had come after the other."""
    card = await offered.card(2)
    of = steps(offered, card.message_id, roster, move_clock)
    first, second = (other, one) if is_turned else (one, other)
    await asyncio.gather(of[first](), of[second]())
    for _ in range(2):
        await offered.run_timers()
        await offered.quiet()
    place = await is_in_one_place(redis)
    fields = await fields_of_c1(redis)
    on_duty = {n for n in (1, 2, 3) if await roster.find(OperatorId(n))}
    for operator, found in enumerate(await _buttons_of(offered), 1):
        assert found in _may_show(place, fields, operator, is_on=operator in on_duty), operator
    told = [kind for kind, _ in await events(redis)]
    assert told.count("delegated") <= 1
    last = {"support": "released", "closed": "closed"}
    if place in last:
        assert told[-1] == last[place]
    else:
        assert told[-1] == ("claimed" if place == "1" else "delegated")


async def _buttons_of(desk: Desk) -> list[list[str]]:
    found = []
    for operator in (1, 2, 3):
        cards = [card.button_texts for card in await desk.cards(operator) if card.buttons]
        assert len(cards) <= 1
        found.append(cards[0] if cards else [])
    return found


def _may_show(
    place: str, fields: dict[str, str], operator: int, *, is_on: bool
) -> tuple[list[str], ...]:
    if place == str(operator):
        pending = ["☑️ Close", "↩️ Release", "Do not pass on", "📝 Note"]
        on = pending if "pass_to" in fields else OF["owner"]
        return (on if is_on else ["☑️ Close", "↩️ Release"],)
    if not is_on:
        return (OF["off"],)
    if fields.get("pass_to") == str(operator):
        return (["🙋 Accept", "Decline"],)
    if place == "support":
        return (OF["waits"],)
    if place == "closed":
        return (OF["closed"] if fields.get("closed_by") == str(operator) else OF["off"],)
    return (OF["other"],)


async def test_buttons_are_as_expected_before(offered: Desk) -> None:
    """So that the table above is about something."""
    assert (await buttons(offered))[1] == ["🙋 Accept", "Decline"]
