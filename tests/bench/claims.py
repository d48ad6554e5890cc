"""(g) How long a tap waits for its answer, and how long until every card says who is answering."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

from bench.place import Place
from bench.results import Part, Table
from bench.words import message, percentile
from onduty import SupportDesk
from onduty_desk.telegram.pace import Pace
from onduty_sandbox.client import Phone, SandboxError

OPERATORS = 50
PACE = Pace(sends_per_second=30)


@dataclass(frozen=True)
class Size:
    """How long it takes: the whole, or a smoke test."""

    rounds: int = 10
    waiting: int = 10_000
    customers: int = 6


@dataclass(frozen=True)
class Round:
    """All tap at once on their copies of one card."""

    winners: int
    answers_ms: list[float]
    all_drawn_s: float


async def measure(place: Place, *, is_quick: bool = False) -> Part:
    """Let everybody claim at once, round after round; then tap while thousands wait."""
    size = Size(1, 100, 1) if is_quick else Size()
    await place.clear(latency_s=0, per_second=30)
    groups = '{"crowd": "another phrase"}'
    await place.start("-m", "onduty_bot", ONDUTY_GROUPS=groups)
    await place.dispatchers(2, per_second="30", per_chat="1", ONDUTY_GROUPS=groups)
    await place.sign_in(range(1, OPERATORS + 1))  # after the bot has looked for changed phrases
    await place.sign_in([1000], "crowd")
    phones = [place.sandbox.phone(n) for n in range(1, OPERATORS + 1)]
    with SupportDesk(place.redis_url) as desk:
        rounds = [await _round(desk, phones, n) for n in range(size.rounds)]
        under_load = await _taps_under_load(desk, phones, size)
    await place.end()
    at_once = [ms for one in rounds for ms in one.answers_ms]
    floor_s = (OPERATORS - 1) / (PACE.sends_per_second * 0.972)
    return Part(
        name="claims",
        title="(g) Claims",
        about=(
            f"{OPERATORS} operators, one bot that polls, two dispatchers, 30 sends a second. All "
            f"tap “I'll answer” at once, {size.rounds} rounds; then one after the other, while "
            f"{size.waiting:,} notifications wait. From the tap to the answer over the chat, in "
            "milliseconds."
        ),
        tables=[
            Table(
                title="Milliseconds from tap to answer",
                columns=["", "taps", "p50", "p99"],
                rows=[
                    [name, len(ms), *(round(percentile(ms, p), 1) for p in (0.5, 0.99))]
                    for name, ms in (
                        (f"{OPERATORS} at once", at_once),
                        (f"while {size.waiting:,} wait", under_load),
                    )
                ],
                note="Must hold: p99 under 300 ms.",
            ),
            Table(
                title="Until all cards say who is answering",
                columns=["", "owners in a round", "p50, s", "most, s"],
                rows=[
                    [
                        "Onduty",
                        ", ".join(sorted({str(one.winners) for one in rounds})),
                        round(percentile([one.all_drawn_s for one in rounds], 0.5), 2),
                        round(max(one.all_drawn_s for one in rounds), 2),
                    ],
                    ["what the pace allows", "–", round(floor_s, 2), round(floor_s, 2)],
                ],
            ),
        ],
        plots=[],
    )


async def _round(desk: SupportDesk, phones: list[Phone], number: int) -> Round:
    words = message(number)
    await asyncio.to_thread(desk.notify, words)
    cards = await asyncio.gather(*(phone.wait_for(words.text, 30) for phone in phones))
    await asyncio.sleep(1.2)  # every chat is free again
    began = time.monotonic()
    answers = await asyncio.gather(
        *(_tap(phone, card.message_id) for phone, card in zip(phones, cards, strict=True))
    )
    await asyncio.gather(
        *(
            phone.wait_for(lambda shown: " · " in shown.text, 30, after=card.message_id - 1)
            for phone, card in zip(phones, cards, strict=True)
        )
    )
    all_drawn_s = time.monotonic() - began
    await asyncio.sleep(1.2)
    return Round(
        sum(text == "It is yours" for text, _ in answers), [ms for _, ms in answers], all_drawn_s
    )


async def _tap(phone: Phone, card: int) -> tuple[str, float]:
    began = time.monotonic()
    answer = await phone.tap(card, "claim")
    return answer.text, (time.monotonic() - began) * 1000


async def _taps_under_load(desk: SupportDesk, phones: list[Phone], size: Size) -> list[float]:
    """Everybody has a card of each customer before thousands of others come; then they tap."""
    customers = [message(9_000 + n) for n in range(size.customers)]
    await asyncio.to_thread(desk.notify_many, customers)
    cards = [
        (phone, (await phone.wait_for(customer.text, 60)).message_id)
        for customer in customers
        for phone in phones
    ]
    for at in range(0, size.waiting, 1000):
        numbers = range(10_000 + at, 10_000 + min(at + 1000, size.waiting))
        await asyncio.to_thread(desk.notify_many, [message(n, group="crowd") for n in numbers])
    waits = []
    for phone, card in cards:
        with suppress(SandboxError):  # drawn anew already: the button is gone
            waits.append((await _tap(phone, card))[1])
        await asyncio.sleep(0.02)
    return waits
