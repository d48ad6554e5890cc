"""Telegram is away for long, with a desk full of customers: afterwards nobody is missing."""

import asyncio
import os
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from time import monotonic

import pytest
from redis.asyncio import Redis
from rq import Queue

from chat_backend import running_chat_backend
from onduty import CustomerMessage, Priority, SupportDesk
from onduty.wire import NOTIFY_OPERATORS, QUEUES
from onduty_desk.failures.failures import Failures
from onduty_desk.model.event_keys import EVENTS_DUE
from onduty_desk.model.keys import (
    CLOCK,
    TELEGRAM,
    ConversationId,
    OperatorId,
    claims_key,
    conversation_key,
    waiting_key,
)
from onduty_desk.process.connection import connect_blocking
from onduty_desk.process.judging import what_is_wrong
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.opening import NO_ANSWER
from onduty_sandbox.client import ChatMessage, Phone
from waiting import until

from .answering import arrived, card_of, customers_write, tell
from .answering import shows as shows_reaction
from .conftest import Desk

CUSTOMERS = 200
CLAIMED = 5
DRIVEN = timedelta(minutes=10)
REAL_S = float(os.environ.get("ONDUTY_TEST_AWAY_S", "35"))
"""Long enough for a summary; set it to 90 to see what the documentation tells."""

REPEAT = "↻ You may have this one already"
FAST = {"ONDUTY_SENDS_PER_SECOND": "2000", "ONDUTY_SENDS_PER_CHAT_PER_SECOND": "100"}
MoveClock = Callable[[timedelta], Awaitable[None]]


BOARD = ["Mine", "Queue"]
_NAME = re.compile(r"Name (\d+)")


def message(n: int) -> CustomerMessage:
    return CustomerMessage(
        text=f"Customer {n:03}",
        conversation_id=f"c{n:03}",
        customer_name=f"Name {n:03}",
        recipient="The Shop",
        priority=Priority.URGENT if n % 20 == 19 else Priority.NORMAL,
    )


async def cards(phone: Phone) -> list[ChatMessage]:
    shown = await phone.messages()
    return [card for card in shown if _NAME.search(card.text) and card.button_texts != BOARD]


async def shows(phone: Phone, customers: int) -> bool:
    return len({_customer(card) for card in await cards(phone)}) >= customers


def _customer(card: ChatMessage) -> int:
    name = _NAME.search(card.text)
    assert name
    return int(name[1])


async def is_away(redis: Redis) -> bool:
    return bool(await redis.hexists(TELEGRAM, "is_confirmed"))


@pytest.mark.parametrize("time", ["driven", "real"])
async def test_after_a_long_outage_everybody_has_everything(
    desk: Desk, redis: Redis, move_clock: MoveClock, time: str
) -> None:
    """First what is urgent, then the oldest; once each but what was in flight, which is marked."""
    desk.environment |= {**FAST, "ONDUTY_TELEGRAM_API_URL": desk.sandbox.bots_url}
    await desk.start("bot", "bot", "dispatcher", "dispatcher")
    phones = [await desk.operator(number, f"Operator {number}") for number in (101, 102, 103)]
    backend = SupportDesk(desk.environment["ONDUTY_REDIS_URL"])
    backend.notify_many([message(n) for n in range(CLAIMED)])
    for n in range(CLAIMED):
        card, *_ = [await phone.wait_for(f"Customer {n:03}") for phone in phones]
        await phones[0].tap(card.message_id, "claim")
        await phones[1].wait_for(partial(_is_taken, n))

    await desk.sandbox.outage("refuse")
    backend.notify_many([message(n) for n in range(CLAIMED, CUSTOMERS)])
    await until(partial(is_away, redis))
    await until(partial(redis.hexists, CLOCK, "since_ms"))  # the clock of people stands still
    if time == "driven":
        await move_clock(DRIVEN)
    else:
        await asyncio.sleep(REAL_S)
    await desk.sandbox.clear_faults()
    returned = monotonic()
    await until(partial(is_away, redis), equals=False)
    for phone in phones:
        await phone.wait_for("📶 Telegram could not be reached")
    first_after_s = monotonic() - returned
    for phone in phones:
        await phone.wait_for(f"Customer {CUSTOMERS - 2:03}", timeout_s=120)  # the last in line
        await until(partial(shows, phone, CUSTOMERS))
    all_after_s = monotonic() - returned
    print(f"{time}: first after {first_after_s:.1f} s, all after {all_after_s:.1f} s")  # noqa: T201 - with pytest -s

    assert await Failures(redis).all() == {}
    for number in (101, 102, 103):
        assert await Roster(redis).find(OperatorId(number))
    assert await redis.zcard(claims_key(OperatorId(101))) == CLAIMED
    for n in range(CLAIMED):
        claimed = await redis.hgetall(conversation_key(ConversationId(f"c{n:03}")))
        assert claimed["state"] == "claimed"
        assert "nudged" not in claimed
    for phone in phones:
        _is_in_order_and_once(await cards(phone))
        told = [m for m in await phone.messages() if m.text.startswith("📶")]
        assert [summary.silent for summary in told] == [False]


async def test_a_dispatcher_that_starts_meanwhile_does_what_needs_no_telegram(
    desk: Desk, redis: Redis, redis_url: str
) -> None:
    """Customers get answers, and plain RQ jobs are accepted; it is ready when Telegram answers."""
    desk.environment |= {"ONDUTY_TELEGRAM_API_URL": desk.sandbox.bots_url}
    async with running_chat_backend() as chat:
        tell(desk, chat.url)
        chat.answers = lambda _: 500
        _, dispatcher = await desk.start("bot", "dispatcher")
        anna = await desk.operator(101, "Anna")
        customers_write(redis_url, "Alice")
        sent = await anna.send("Good day", reply_to=await card_of(anna, "Alice"))
        await until(lambda: redis.zcard(EVENTS_DUE), equals=1)
        await dispatcher.terminate()
        await desk.sandbox.outage("refuse")
        chat.answers = lambda _: 204

        desk.begin("dispatcher")
        await until(lambda: arrived(chat), equals={"Alice": ["Good day"]})
        with connect_blocking(redis_url) as connection:
            queue = Queue(QUEUES[Priority.NORMAL], connection=connection, serializer="json")
            pushed = message(1).model_dump(mode="json")
            await asyncio.to_thread(queue.enqueue, NOTIFY_OPERATORS, pushed)
        await until(lambda: redis.zcard(waiting_key("support")), equals=1)
        await until(lambda: what_is_wrong(redis, "dispatcher"), equals=NO_ANSWER)

        await desk.sandbox.clear_faults()
        await anna.wait_for("Customer 001")
        await shows_reaction(anna, sent, "👍")
        await until(lambda: what_is_wrong(redis, "dispatcher"), equals=None)


def _is_taken(n: int, shown: ChatMessage) -> bool:
    return "is answering" in shown.text and f"Name {n:03}" in shown.text


def _is_in_order_and_once(shown: list[ChatMessage]) -> None:
    late = [card for card in shown if _customer(card) >= CLAIMED]
    times = Counter(map(_customer, late))
    for card in late:
        assert times[_customer(card)] == 1 or card.text.startswith(REPEAT), card.text
    numbers = [_customer(card) for card in late if REPEAT not in card.text]
    # What was on its way when it began may come first, as it was taken up.
    in_line = numbers[-(CUSTOMERS - CLAIMED - 20) :]
    urgent = [n for n in in_line if n % 20 == 19]
    assert in_line == urgent + sorted(set(in_line) - set(urgent))
    assert all(card.silent for card in late[-100:])
