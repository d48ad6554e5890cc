"""What Telegram does not let a bot delete any more, after 48 hours, becomes one line."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk, sending
from desk_at_work.fixtures import ComeOn, MoveClock, Push
from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import Verb
from onduty_sandbox.client import ChatMessage
from onduty_sandbox.server import running_sandbox
from onduty_sandbox.world.clock import Clock

TWO_DAYS = timedelta(hours=49)


class Later:
    """How much later it is at Telegram than here."""

    s = 0.0


@pytest.fixture
def later() -> Later:
    return Later()


@pytest.fixture
async def desk(
    redis: Redis, token: str, rules: Rules, later: Later, come_on: ComeOn, push: Push
) -> AsyncIterator[Desk]:
    """Two operators have Alice's card."""
    clock = Clock(lambda: time.time() + later.s, lambda: time.monotonic() + later.s)
    async with running_sandbox(tokens=[token], clock=clock) as sandbox:
        phones = [await sandbox.add_user(n, f"Operator {n}") for n in (1, 2)]
        for phone in phones:
            await phone.start()
        async with sending(redis, sandbox.base_url, token, rules) as jobs:
            desk = Desk(redis, jobs, rules, phones)
            await come_on(1, 2)
            push("Hello?")
            await desk.jobs.route()
            await desk.quiet()
            yield desk


async def two_days_later(desk: Desk, later: Later, move_clock: MoveClock) -> None:
    await desk.quiet()
    later.s = TWO_DAYS.total_seconds()
    await move_clock(TWO_DAYS)


def read(messages: list[ChatMessage]) -> list[tuple[str, list[str]]]:
    return [(message.text, message.button_texts) for message in messages]


async def test_closed_after_days_one_line_is_left_of_each(
    desk: Desk, later: Later, push: Push, move_clock: MoveClock
) -> None:
    """Of a colleague's card, and of the owner's follow-ups; the owner's card has its way back."""
    await desk.tap(1, Verb.CLAIM)
    push("Still there?")
    await desk.jobs.route()
    await two_days_later(desk, later, move_clock)
    await desk.tap(1, Verb.CLOSE)
    await desk.quiet()
    closed = "☑️ Alice · closed by you"
    assert read(await desk.cards(1)) == [(closed, ["Reopen"]), (closed, [])]
    assert read(await desk.cards(2)) == [("☑️ Alice · closed by Operator 1", [])]


async def test_the_card_before_a_late_ring_says_where_the_newer_one_is(
    desk: Desk, later: Later, push: Push, move_clock: MoveClock
) -> None:
    """The button is at the newer one alone."""
    await two_days_later(desk, later, move_clock)
    push("Still there?")
    await desk.jobs.route()
    await desk.quiet()
    old, card = await desk.cards(1)
    assert read([old]) == [("⬇️ Alice · now further down", [])]
    assert card.button_texts == ["🙋 I'll answer", "⋯"]


async def test_what_its_operator_has_deleted_is_not_written_to(
    desk: Desk, later: Later, move_clock: MoveClock
) -> None:
    """It is gone, as it was to be."""
    await desk.tap(1, Verb.CLAIM)
    await two_days_later(desk, later, move_clock)
    await desk.phones[1].delete((await desk.card(2)).message_id)
    await desk.tap(1, Verb.CLOSE)
    await desk.quiet()
    assert await desk.cards(2) == []
