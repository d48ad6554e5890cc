"""A release that was an accident rings nobody: the others are rung some seconds later."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import MoveClock, Push
from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import CLOCK, DUE, TELEGRAM, OperatorId, conversation_key, waiting_key
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.timers import Timers

from .passing_on import pass_on
from .three_phones import C1, CLAIMED, buttons, events, first_lines

SECOND = timedelta(seconds=1)
BACK = "↩️ Alice · returned from Operator 2"


@pytest.fixture
def rules() -> Rules:
    return Rules(buttons_rest=timedelta(0))


@pytest.fixture
async def released(desk: Desk) -> Desk:
    """Operator 2 of three has claimed Alice, and released her a moment ago."""
    await desk.tap(2, Verb.CLAIM)
    await desk.quiet()
    assert (await desk.tap(2, Verb.RELEASE)).result == "released_soon"
    await desk.quiet()
    return desk


async def after(desk: Desk, move_clock: MoveClock, seconds: float) -> None:
    await move_clock(seconds * SECOND)
    await desk.run_timers()
    await desk.quiet()


async def sent(desk: Desk) -> list[int]:
    """How many messages each phone has got, those removed since included."""
    await desk.quiet()
    messages = [await phone.messages() for phone in desk.phones]
    return [sum(message.from_bot for message in of_one) for of_one in messages]


async def test_it_waits_at_once_and_rings_ten_seconds_later(
    redis: Redis, released: Desk, move_clock: MoveClock
) -> None:
    """The cards say so at once, the backend hears it at once; the releaser reads when it rings."""
    mine = "↩️ Alice · released: colleagues are rung 10 seconds later"
    assert await first_lines(released) == [BACK, mine, BACK]
    assert await buttons(released) == [["🙋 I'll answer", "⋯"]] * 3
    assert await redis.zrange(waiting_key("support"), 0, -1) == ["c1"]
    assert [kind for kind, _ in await events(redis)] == ["claimed", "released"]
    await after(released, move_clock, 5)
    assert await sent(released) == [1, 1, 1]
    await after(released, move_clock, 10.1)
    for _ in range(2):
        await released.run_timers()
    assert await sent(released) == [2, 1, 2]
    (card,) = await released.cards(1)
    assert (card.text, card.silent) == (f"{BACK}\nHello?\nAlice writes to The Shop", False)
    assert card.button_texts == ["🙋 I'll answer", "⋯"]
    assert await redis.zcard(DUE) == 0


async def test_taken_back_nobody_is_rung(
    redis: Redis, released: Desk, move_clock: MoveClock
) -> None:
    """The accident costs two edits of the others' cards."""
    assert (await released.tap(2, Verb.CLAIM)).result == "claimed"
    await after(released, move_clock, 11)
    assert await sent(released) == [1, 1, 1]
    assert await first_lines(released) == [
        "👤 Alice · Operator 2 is answering",
        CLAIMED,
        "👤 Alice · Operator 2 is answering",
    ]
    assert not await redis.hexists(conversation_key(C1), "ring")


async def test_another_may_take_it_meanwhile(released: Desk, move_clock: MoveClock) -> None:
    """Whoever sees that it waits."""
    assert (await released.tap(3, Verb.CLAIM)).result == "claimed"
    await after(released, move_clock, 11)
    assert await sent(released) == [1, 1, 1]
    assert (await first_lines(released))[2] == CLAIMED


async def test_taken_back_and_taken_at_once_one_has_it(released: Desk) -> None:
    """As with every claim."""
    results = await asyncio.gather(*(released.tap(operator, Verb.CLAIM) for operator in (1, 2, 3)))
    assert sorted(tapped.result for tapped in results) == ["claimed", "taken", "taken"]


async def test_what_the_customer_writes_meanwhile_comes_with_the_ring(
    released: Desk, push: Push, move_clock: MoveClock
) -> None:
    """In the same message; routing it does not forget the ring."""
    push("Hello?!")
    await released.jobs.route()
    assert await sent(released) == [1, 1, 1]
    await after(released, move_clock, 10.1)
    (card,) = await released.cards(1)
    assert card.text.startswith(f"{BACK}\n2 messages\nHello?\nHello?!")
    assert "Hello?!" in (await released.card(2)).text


@pytest.mark.parametrize("gone", ["off", "unreachable"])
async def test_a_releaser_who_goes_is_not_waited_for(
    released: Desk, roster: Roster, gone: str
) -> None:
    """They cannot take it back any more."""
    await roster.sign_out(OperatorId(2), gone)  # type: ignore[arg-type]
    await released.jobs.look()
    await released.jobs.route()
    assert (await sent(released))[::2] == [2, 2]


async def test_off_duty_a_release_rings_at_once(desk: Desk, roster: Roster) -> None:
    """The same, the other way round."""
    await desk.tap(2, Verb.CLAIM)
    await desk.quiet()
    await roster.sign_out(OperatorId(2))
    assert (await desk.tap(2, Verb.RELEASE)).result == "released"
    assert (await sent(desk))[::2] == [2, 2]


async def test_with_nobody_else_on_duty_there_is_no_delay(desk: Desk, roster: Roster) -> None:
    """Nobody would be rung; the answer to the tap says so."""
    await desk.tap(2, Verb.CLAIM)
    for operator in (1, 3):
        await roster.sign_out(OperatorId(operator))
    assert (await desk.tap(2, Verb.RELEASE)).result == "released_alone"
    assert (await first_lines(desk))[1] == "↩️ Alice · it was yours"


async def test_while_telegram_is_away_the_delay_stands_still(
    redis: Redis, released: Desk, move_clock: MoveClock
) -> None:
    """It goes on half a minute after Telegram is back."""
    await redis.hset(TELEGRAM, items=["away_since_ms", "1", "is_confirmed", "1"])
    await released.timers.look()
    since = int(await redis.hget(CLOCK, "since_ms") or 0)
    now_s, now_us = await redis.time()
    now_ms = now_s * 1000 + now_us // 1000
    await redis.hset(CLOCK, "since_ms", max(since, now_ms))
    await move_clock(60 * SECOND)
    await released.timers.look()
    await redis.hdel(TELEGRAM, "away_since_ms", "is_confirmed")
    await after(released, move_clock, 60)
    assert await sent(released) == [1, 1, 1]
    await after(released, move_clock, 85)
    assert await sent(released) == [1, 1, 1]
    await after(released, move_clock, 101)
    assert await sent(released) == [2, 1, 2]


async def test_of_many_dispatchers_one_rings(
    redis: Redis, released: Desk, move_clock: MoveClock
) -> None:
    """Any of them, whichever recorded the release."""
    await move_clock(11 * SECOND)
    await asyncio.gather(*(Timers(redis, released.rules).look() for _ in range(3)))
    await released.jobs.look()
    assert await sent(released) == [2, 1, 2]


async def test_closed_meanwhile_nobody_is_rung(released: Desk, move_clock: MoveClock) -> None:
    """The backend is done with it."""
    await released.instruct("close")
    await after(released, move_clock, 11)
    assert await sent(released) == [1, 1, 1]


async def test_whom_a_colleague_asks_meanwhile_is_rung_once(
    released: Desk, move_clock: MoveClock
) -> None:
    """By the question; the others are rung when the time is over."""
    before = await sent(released)
    await pass_on(released, 1, 3)
    assert [now - was for now, was in zip(await sent(released), before, strict=True)] == [0, 0, 1]
    await after(released, move_clock, 11)
    assert [now - was for now, was in zip(await sent(released), before, strict=True)] == [1, 0, 1]
    assert (await buttons(released))[2] == ["🙋 Accept", "Decline"]
    await released.tap(2, Verb.MENU)
    await released.tap(2, Verb.MAKE_URGENT)
    assert [now - was for now, was in zip(await sent(released), before, strict=True)] == [2, 0, 2]
