"""Edits in the outbox: their place in line, and senders that die or are slow while they draw."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.fixtures import ComeOn, MoveClock, Push
from onduty_desk.model.keys import ChatId, OperatorId, card_key
from onduty_desk.phones.outbox import LEASE, Attempt, Outbox, Taken
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.routing import Router

Begun = tuple[Taken, Attempt]


@pytest.fixture
async def first(come_on: ComeOn, push: Push, router: Router, outbox: Outbox) -> Begun:
    """A phone's first card, about to be sent."""
    await come_on(1)
    push("One")
    await router.route_accepted()
    (card,), _ = await outbox.take(10)
    attempt = await outbox.attempt(card, card.message_ids, 1)
    assert attempt
    return card, attempt


async def test_a_sender_that_died_while_drawing_is_taken_over(
    first: Begun, push: Push, router: Router, outbox: Outbox, move_clock: MoveClock
) -> None:
    """After its lease another draws; when it was only slow, the card is drawn once more."""
    card, attempt = first
    await outbox.settle(card, "done", "10", attempt_id=attempt.id)
    push("Two")
    await router.route_accepted()
    (slow,), _ = await outbox.take(10)
    assert (slow.step, slow.view.changed, slow.view.count) == ("edit", (10,), 2)
    assert (await outbox.take(10))[0] == []  # it is at it
    await move_clock(LEASE + timedelta(seconds=1))
    (again,), _ = await outbox.take(10)
    assert again.step == "edit"
    await outbox.settle(again, "done")
    assert (await outbox.take(10))[0] == []
    await outbox.settle(slow, "done")
    (once_more,), _ = await outbox.take(10)
    assert once_more.step == "edit"
    await outbox.settle(once_more, "done")
    assert (await outbox.take(10))[0] == []


async def test_a_slow_drawing_of_what_is_no_card_any_more(
    first: Begun,
    push: Push,
    router: Router,
    outbox: Outbox,
    roster: Roster,
    move_clock: MoveClock,
) -> None:
    """It may have put back the buttons that /off took: the message is removed."""
    card, attempt = first
    await outbox.settle(card, "done", "10", attempt_id=attempt.id)
    push("Two")
    await router.route_accepted()
    (slow,), _ = await outbox.take(10)
    await move_clock(LEASE + timedelta(seconds=1))
    await roster.sign_out(OperatorId(1))
    (strip,), _ = await outbox.take(10)
    assert strip.step == "remove_keyboard"
    await outbox.settle(strip, "done")
    await outbox.settle(slow, "done")
    (once_more,), _ = await outbox.take(10)
    assert (once_more.step, once_more.view.changed) == ("delete", (10,))


async def test_a_second_card_of_a_slow_sender_is_removed(
    redis: Redis, first: Begun, outbox: Outbox, move_clock: MoveClock
) -> None:
    """Taken for dead, it had sent the card after all: the phone keeps one."""
    slow, attempt = first
    await move_clock(LEASE + timedelta(seconds=1))
    (again,), _ = await outbox.take(10)
    assert await outbox.attempt(again, again.message_ids, 1)
    assert await outbox.settle(again, "done", "11", attempt_id=attempt.id) == "idle"
    assert await outbox.settle(slow, "done", "10", attempt_id=attempt.id) == "gone"
    assert await redis.get(card_key(ChatId(1), 10)) == "c1"
    (second,), _ = await outbox.take(10)
    assert (second.step, second.view.changed) == ("delete", (10,))


async def test_edits_wait_for_messages(
    first: Begun, router: Router, outbox: Outbox, push: Push, come_on: ComeOn
) -> None:
    """Last in line: another phone's customer comes before a card that is to be drawn anew."""
    card, attempt = first
    push("Two")
    await router.route_accepted()
    await outbox.settle(card, "done", "10", attempt_id=attempt.id)
    await come_on(2, group="sales")
    push("Three", conversation="c2", group="sales", priority="low")
    await router.route_accepted()
    steps = [(await outbox.take(1))[0][0].step for _ in range(2)]
    assert steps == ["send", "edit"]
