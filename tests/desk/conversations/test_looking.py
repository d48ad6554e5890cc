"""Reading what a card hides, in pages and without taking it: only the phone that asked shows it."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import HELD_S, Desk
from desk_at_work.fixtures import ComeOn, MoveClock, Push
from onduty_desk.conversations.verbs import PageNumber, Verb
from onduty_desk.model.keys import OperatorId
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Sandbox
from waiting import until

from .pages_of_a_card import (
    all_buttons,
    buttons,
    edited,
    first_lines,
    looked_at,
    numbers,
)

MINUTE = timedelta(minutes=1)


MANY = 45


LOOK, CLAIM, MENU = "👀 Look", "🙋 I'll answer", "⋯"


@pytest.fixture
async def desk(at_work: Desk, come_on: ComeOn, push: Push) -> Desk:
    """Three on duty, and Alice, who has written more than their cards show."""
    push(*(f"<{n}> {'so on ' * 40}" for n in range(1, MANY + 1)))
    await come_on(1, 2, 3)
    await at_work.jobs.route()
    await at_work.quiet()
    push(f"<{MANY + 1}> Hello?")
    await at_work.jobs.route()
    await at_work.quiet()
    return at_work


async def test_a_look_tells_nobody(desk: Desk, sandbox: Sandbox) -> None:
    """It costs one edit, on the phone that asked; so does each page."""
    before = [await looked_at(desk, operator) for operator in (2, 3)]
    edits = len(await edited(desk, sandbox))
    assert (await desk.press(1, LOOK)).result == "opened"
    assert await buttons(desk, 1) == [CLAIM, "Back"]
    assert (await desk.press(1, "◀️")).result == "opened"
    assert (await edited(desk, sandbox))[edits:] == [1, 1]
    assert [await looked_at(desk, operator) for operator in (2, 3)] == before
    assert await desk.redis.hget("onduty:conversation:c1", "owner") is None


async def test_every_message_is_on_one_page(desk: Desk) -> None:
    """From the newest page to the first and back, each as one Telegram message."""
    await desk.press(1, LOOK)
    assert (await numbers(desk, 1))[-1] == MANY + 1
    pages = [await numbers(desk, 1)]
    while "◀️" in await all_buttons(desk, 1):
        await desk.press(1, "◀️")
        pages.append(await numbers(desk, 1))
    assert sorted({n for page in pages for n in page}) == list(range(1, MANY + 2))
    assert (await all_buttons(desk, 1))[2] == "1/3 · 1/2"
    for shown in pages[-2::-1]:
        await desk.press(1, "▶️")
        assert await numbers(desk, 1) == shown
    assert "▶️" not in await all_buttons(desk, 1)


async def test_a_page_stays_when_the_customer_writes_on(desk: Desk, push: Push) -> None:
    """What is counted above and below it is right."""
    await desk.press(1, LOOK)
    await desk.press(1, "◀️")
    page = await numbers(desk, 1)
    push(*(f"<{MANY + n}>" for n in range(2, 20)))
    await desk.jobs.route()
    assert await numbers(desk, 1) == page
    assert f"{MANY + 19} messages" in (await looked_at(desk, 1)).splitlines()[0]
    assert "2/4 · 2/2" in await all_buttons(desk, 1)
    assert (await numbers(desk, 2))[-1] == MANY + 19


async def test_going_back_ends_the_look(desk: Desk, sandbox: Sandbox) -> None:
    """At once, on that phone."""
    before = await looked_at(desk, 1)
    await desk.press(1, LOOK)
    await desk.quiet()
    edits = len(await edited(desk, sandbox))
    assert (await desk.tap(1, Verb.BACK)).result == "back"
    assert await all_buttons(desk, 1) == [CLAIM, LOOK, MENU]
    assert await looked_at(desk, 1) == before
    assert (await edited(desk, sandbox))[edits:] == [1]


async def test_a_look_that_ends_while_it_is_drawn_does_not_stay(
    desk: Desk, sandbox: Sandbox
) -> None:
    """The edit under way shows what was asked for first; one more shows what is so."""
    begun = len(await sandbox.log(method="editMessageText"))
    await sandbox.latency(HELD_S)
    await desk.tap(1, Verb.OPEN)
    await until(lambda: _edits(sandbox), equals=begun + 1)
    assert (await desk.tap(1, Verb.BACK)).result == "back"
    await sandbox.latency(0)
    assert await all_buttons(desk, 1) == [CLAIM, LOOK, MENU]


async def test_a_page_that_is_turned_while_one_is_drawn_is_shown(
    desk: Desk, sandbox: Sandbox
) -> None:
    """The last tap counts."""
    await desk.press(1, LOOK)
    await desk.quiet()
    begun = await _edits(sandbox)
    await sandbox.latency(HELD_S)
    await desk.tap(1, Verb.PAGE, page=PageNumber(2))
    await until(lambda: _edits(sandbox), equals=begun + 1)
    await desk.tap(1, Verb.PAGE, page=PageNumber(1))
    await sandbox.latency(0)
    assert (await numbers(desk, 1))[0] == 1


async def _edits(sandbox: Sandbox) -> int:
    return len(await sandbox.log(method="editMessageText"))


async def test_two_may_look_at_once(desk: Desk) -> None:
    """Each phone shows its own page."""
    await asyncio.gather(desk.press(1, LOOK), desk.press(2, LOOK))
    await asyncio.gather(
        desk.tap(1, Verb.PAGE, page=PageNumber(1)), desk.tap(2, Verb.PAGE, page=PageNumber(2))
    )
    assert (await numbers(desk, 1))[0] == 1
    assert (await numbers(desk, 2))[0] == 21
    await desk.tap(2, Verb.BACK)
    assert await buttons(desk, 1) == [CLAIM, "Back"]
    assert await buttons(desk, 2) == [CLAIM, LOOK, MENU]


async def test_the_same_tap_twice_turns_once(desk: Desk) -> None:
    """An update that is handled again after a kill changes nothing more."""
    await desk.press(1, LOOK)
    for page in (PageNumber(2), PageNumber(1)):
        await desk.tap(1, Verb.PAGE, update=77, page=page)
    assert (await numbers(desk, 1))[0] == 21


async def test_a_colleagues_card_opens_in_pages(desk: Desk) -> None:
    """With Take over; its owner is not told."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    before = await looked_at(desk, 1)
    await desk.press(2, "👀 Open")
    assert await all_buttons(desk, 2) == ["Take over", "Back", "◀️", "3/3"]
    await desk.press(2, "◀️")
    assert "Operator 1 is answering" in (await looked_at(desk, 2)).splitlines()[0]
    assert (await numbers(desk, 2))[-1] == 40
    assert await looked_at(desk, 1) == before
    await desk.press(2, "Take over")
    await desk.quiet()
    assert (await desk.press(2, "Yes, take over from Operator 1")).result == "claimed"


async def test_an_owner_can_look_too(at_work: Desk, come_on: ComeOn, push: Push) -> None:
    """At what their card hides; and goes on answering."""
    push(*(f"<{n}>" for n in range(1, 301)))
    await come_on(1)
    await at_work.jobs.route()
    await at_work.quiet()
    await at_work.tap(1, Verb.CLAIM)
    assert await buttons(at_work, 1) == ["☑️ Close", "↩️ Release", MENU, LOOK]
    await at_work.press(1, LOOK)
    await at_work.press(1, "◀️")
    assert await numbers(at_work, 1) == list(range(261, 281))
    assert await buttons(at_work, 1) == ["☑️ Close", "↩️ Release", "Back"]
    assert (await at_work.press(1, "☑️ Close")).result == "closed"


async def test_a_tap_on_a_page_of_what_somebody_has_claimed_says_so(desk: Desk) -> None:
    """And turns the page; the next one says nothing, because the card does."""
    await desk.press(1, LOOK)
    await desk.quiet()
    await desk.tap(2, Verb.CLAIM)
    told = await desk.tap(1, Verb.PAGE, page=PageNumber(1))
    assert (told.result, told.name) == ("taken", "Operator 2")
    assert (await numbers(desk, 1))[0] == 1
    assert (await buttons(desk, 1)) == ["Take over", "Back"]
    assert (await desk.press(1, "▶️")).result == "opened"
    await desk.tap(2, Verb.RELEASE)
    assert (await desk.tap(1, Verb.PAGE, page=PageNumber(1))).result == "waiting"


async def test_a_tap_on_a_page_of_what_is_closed_says_so(desk: Desk) -> None:
    """No page is shown any more."""
    await desk.press(1, LOOK)
    await desk.quiet()
    (card,) = [card for card in await desk.cards(1) if card.buttons]
    await desk.tap(2, Verb.CLAIM)
    await desk.tap(2, Verb.CLOSE)
    told = await desk.tap(1, Verb.PAGE, card.message_id, page=PageNumber(1))
    assert told.result == "is_closed"
    await desk.quiet()
    assert not [shown for shown in await desk.cards(1) if shown.buttons]


async def test_off_duty_no_page_is_shown(desk: Desk, roster: Roster) -> None:
    """Nor any other word that was not seen before."""
    await desk.press(1, LOOK)
    await desk.press(1, "◀️")
    await desk.quiet()
    (card,) = [card for card in await desk.cards(1) if card.buttons]
    await roster.sign_out(OperatorId(1))
    await desk.jobs.look()
    told = await desk.tap(1, Verb.PAGE, card.message_id, page=PageNumber(1))
    assert told.result == "off_duty"
    await desk.quiet()
    assert not [shown for shown in await desk.cards(1) if shown.buttons]
    assert not any("<1>" in shown.text for shown in await desk.cards(1))


@pytest.mark.parametrize("page", [PageNumber(999_999_999, 9_999), PageNumber(3, 7)])
async def test_an_invented_page_is_the_last(desk: Desk, page: PageNumber) -> None:
    """Callback data are what somebody's phone sends."""
    await desk.press(1, LOOK)
    await desk.tap(1, Verb.PAGE, page=page)
    assert (await numbers(desk, 1))[-1] == MANY + 1


async def test_messages_that_have_expired_leave_their_page(desk: Desk, redis: Redis) -> None:
    """It says so; the others keep their numbers."""
    await desk.press(1, LOOK)
    for message in await redis.zrange("onduty:messages:c1", 0, 19):
        await redis.delete(f"onduty:message:{message!s}")
    await desk.tap(1, Verb.PAGE, page=PageNumber(1))
    assert "not kept any more" in await looked_at(desk, 1)
    await desk.press(1, "▶️")
    assert (await numbers(desk, 1))[0] == 21


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
    assert await first_lines(desk) == [
        "👤 Alice · Operator 2 is answering",
        "🟢 Alice · waits for your answer",
        "👤 Alice · Operator 2 is answering",
    ]
    assert await all_buttons(desk, 1) == ["👀 Open"]


async def test_who_claims_does_not_look_any_more(desk: Desk) -> None:
    """The others see one line, about who answers."""
    await desk.tap(1, Verb.OPEN)
    await desk.tap(1, Verb.CLAIM)
    assert "Back" not in await all_buttons(desk, 1)
    assert await looked_at(desk, 2) == "👤 Alice · Operator 1 is answering"
