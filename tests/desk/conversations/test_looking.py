"""Reading a conversation without taking it: only the phone that asked shows it."""

from datetime import timedelta

import pytest

from desk_at_work.at_work import HELD_S, Desk
from desk_at_work.fixtures import AliceWrites, MoveClock
from onduty_desk.conversations.verbs import Verb
from onduty_sandbox.client import Sandbox
from waiting import until

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


async def edited(desk: Desk, sandbox: Sandbox) -> list[int | None]:
    await desk.quiet()
    return [one.chat_id for one in await sandbox.log(method="editMessageText")]


async def test_a_look_tells_nobody(desk: Desk, sandbox: Sandbox) -> None:
    """It costs one edit, on the phone that asked; that shows all that was written, and Back."""
    assert (await desk.tap(1, Verb.OPEN)).result == "opened"
    assert await first_lines(desk) == ["Hello?"] * 3
    assert await buttons(desk, 1) == ["🙋 I'll answer", "Back"]
    assert await edited(desk, sandbox) == [1]


async def test_the_owner_is_not_told_either(desk: Desk, sandbox: Sandbox) -> None:
    """Whoever opens a colleague's card may take it over, and is seen when they do."""
    await desk.tap(1, Verb.CLAIM)
    before = await edited(desk, sandbox)
    await desk.tap(2, Verb.OPEN)
    assert await buttons(desk, 2) == ["Take over", "Back"]
    assert (await desk.card(1)).text.startswith("✅ You are answering\nHello?")
    assert (await edited(desk, sandbox))[len(before) :] == [2]


async def test_going_back_ends_the_look(desk: Desk, sandbox: Sandbox) -> None:
    """At once, on that phone."""
    await desk.tap(1, Verb.OPEN)
    await desk.quiet()
    assert (await desk.tap(1, Verb.BACK)).result == "back"
    assert await buttons(desk, 1) == ["🙋 I'll answer", "👀 Look"]
    assert await edited(desk, sandbox) == [1, 1]


async def test_a_look_that_ends_while_it_is_drawn_does_not_stay(
    desk: Desk, sandbox: Sandbox
) -> None:
    """The edit under way shows what was asked for first; one more shows what is so."""
    await sandbox.latency(HELD_S)
    await desk.tap(1, Verb.OPEN)
    await until(lambda: _is_begun(sandbox))
    assert (await desk.tap(1, Verb.BACK)).result == "back"
    await sandbox.latency(0)
    assert await buttons(desk, 1) == ["🙋 I'll answer", "👀 Look"]


async def _is_begun(sandbox: Sandbox) -> bool:
    return len(await sandbox.log(method="editMessageText")) > 0


async def test_two_may_look_at_once(desk: Desk) -> None:
    """Each phone shows its own look."""
    await desk.tap(1, Verb.OPEN)
    await desk.tap(2, Verb.OPEN)
    assert await buttons(desk, 2) == ["🙋 I'll answer", "Back"]
    await desk.tap(2, Verb.BACK)
    assert await buttons(desk, 1) == ["🙋 I'll answer", "Back"]
    assert await buttons(desk, 2) == ["🙋 I'll answer", "👀 Look"]


@pytest.mark.parametrize("is_closed_between", [False, True])
async def test_claimed_meanwhile_the_look_ends_with_the_next_edit(
    desk: Desk, move_clock: MoveClock, *, is_closed_between: bool
) -> None:
    """After a minute its card is drawn as everybody's; closed and reopened in between, too."""
    await desk.tap(1, Verb.OPEN)
    await desk.tap(2, Verb.CLAIM)
    assert await buttons(desk, 1) == ["Take over", "Back"]
    clock = MINUTE
    taps = [Verb.CLOSE, Verb.REOPEN] if is_closed_between else []
    for verb in (*taps, Verb.RELEASE, Verb.CLAIM):
        clock += MINUTE / 10  # the buttons have been there for a while
        await move_clock(clock)
        await desk.tap(2, verb)
        await desk.quiet()
    newest = [(await desk.cards(operator))[-1] for operator in (1, 2, 3)]
    assert [card.text.splitlines()[0] for card in newest] == [
        "✅ Operator 2 is answering",
        "✅ You are answering",
        "✅ Operator 2 is answering",
    ]
    assert newest[0].button_texts == ["👀 Open"]


async def test_who_claims_does_not_look_any_more(desk: Desk) -> None:
    """The others see one line, about who answers."""
    await desk.tap(1, Verb.OPEN)
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    assert (
        await desk.card(2)
    ).text == "✅ Operator 1 is answering\nHello?\nAlice writes to The Shop"
