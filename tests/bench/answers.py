"""(n) Answers from Telegram: how soon they are at the backend, and how soon one sees 👍."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.answering_desk import CALM, AnsweringDesk, desk_that_answers
from bench.place import Place
from bench.results import Cell, Part, Table
from bench.words import message, number_of, percentile
from onduty import SupportDesk
from onduty_sandbox.client import LoggedRequest

IDLE, IDLE_EVERY_S = 300, 0.1
MANY_A_SECOND, MANY_FOR_S = 200, 20.0
PACED_A_SECOND, PACED_FOR_S = 5, 60.0
RATE = 30
"""Sends a second of the paced desk, as Telegram allows."""

ANSWERING = range(1, 201)
"""Each has a customer of their own; some parts need fewer of them."""

FEW = range(1, 21)
OTHERS = range(301, 501)
"""Their cards use what is left of the pace."""

URGENT_EVERY_S, FIRST_URGENT = 1.3, 1_000_000


@dataclass
class Found:
    """What came of one run, in milliseconds; urgent cards in seconds."""

    asked: int = 0
    at_backend_ms: list[float] = field(default_factory=list)
    shown_ms: list[float] = field(default_factory=list)
    urgent_s: list[float] = field(default_factory=list)
    took_s: float = 1.0
    cpu_ms: dict[str, float] = field(default_factory=dict)
    """Processor time that an answer takes of each process."""


async def measure(place: Place, *, is_quick: bool = False) -> Part:
    """Measure one after the other, at rest, many at once, and at Telegram's own pace."""
    few, many = (FEW[:3], FEW[:5]) if is_quick else (FEW, ANSWERING)
    async with desk_that_answers(place, many) as desk:
        idle = await _idle(desk, few, 10 if is_quick else IDLE)
        rate, seconds = (20, 2.0) if is_quick else (MANY_A_SECOND, MANY_FOR_S)
        at_once = await _many(desk, many, rate, seconds)
    others, paced_s = (OTHERS[:10], 3.0) if is_quick else (OTHERS, PACED_FOR_S)
    silent = await _paced(place, few, others, 0, paced_s)
    paced = await _paced(place, few, others, PACED_A_SECOND, paced_s)
    return _part(idle, at_once, silent, paced)


async def _idle(desk: AnsweringDesk, operators: Sequence[int], count: int) -> Found:
    for number in range(count):
        began = time.monotonic()
        await desk.answer(operators[number % len(operators)], number)
        await asyncio.sleep(max(0.0, began + IDLE_EVERY_S - time.monotonic()))
    await desk.all_arrived()
    return Found(count, await desk.waits_ms())


async def _many(desk: AnsweringDesk, operators: Sequence[int], rate: int, seconds: float) -> Found:
    desk.begin_anew()
    before = {name: one.cpu_s for name, one in desk.processes.items()}
    await desk.answer_steadily(operators, rate, int(rate * seconds))
    await desk.all_arrived()
    took_s, count = max(desk.arrived_at.values()) - min(desk.sent_at.values()), len(desk.arrived_at)
    cpu_ms = {
        name: (one.cpu_s - before[name]) * 1000 / count for name, one in desk.processes.items()
    }
    return Found(count, await desk.waits_ms(), took_s=took_s, cpu_ms=cpu_ms)


async def _paced(
    place: Place, operators: Sequence[int], others: Sequence[int], rate: int, seconds: float
) -> Found:
    """Answer while cards take all of the pace, and some of them are urgent."""
    async with desk_that_answers(place, operators, per_second=RATE) as desk:
        await place.sign_in(others, "others")
        for n in CALM:
            await place.sign_in([n], f"calm{n}")
        backlog = int(seconds * RATE / len(others) * 1.3) + 3
        urgent: list[float] = []
        with SupportDesk(place.redis_url) as backend:
            waiting = [message(10_000 + n, group="others") for n in range(backlog)]
            await asyncio.to_thread(backend.notify_many, waiting)
            async with asyncio.TaskGroup() as going_on:
                end = time.monotonic() + seconds
                going_on.create_task(_ask_urgently(backend, end, urgent))
                if rate:
                    count = int(rate * seconds)
                    going_on.create_task(desk.answer_steadily(operators, rate, count))
        await desk.all_arrived()
        await asyncio.sleep(5)
        shown = await desk.shown_ms()
        return Found(
            len(desk.sent_at), await desk.waits_ms(), shown, _waits_s(await place.sends(), urgent)
        )


async def _ask_urgently(desk: SupportDesk, end: float, asked: list[float]) -> None:
    while time.monotonic() < end - URGENT_EVERY_S:
        group = f"calm{CALM[len(asked) % len(CALM)]}"
        urgent = message(FIRST_URGENT + len(asked), group=group, priority="urgent")
        asked.append(time.monotonic())
        await asyncio.to_thread(desk.notify, urgent)
        await asyncio.sleep(URGENT_EVERY_S)


def _waits_s(sends: Sequence[LoggedRequest], urgent: Sequence[float]) -> list[float]:
    arrived = {number_of(one): one.received_monotonic for one in sends if one.status != 429}
    return [
        arrived.get(FIRST_URGENT + n, float("inf")) - asked_at for n, asked_at in enumerate(urgent)
    ]


def _part(idle: Found, many: Found, silent: Found, paced: Found) -> Part:
    def row(name: str, one: Found) -> list[Cell]:
        return [name, one.asked, *(round(percentile(one.at_backend_ms, p), 1) for p in (0.5, 0.99))]

    def urgent(name: str, one: Found) -> list[Cell]:
        thumbs: list[Cell] = [
            f"{percentile(one.shown_ms, p) / 1000:.2f}" if one.shown_ms else "–"
            for p in (0.5, 0.99)
        ]
        waits = [f"{percentile(one.urgent_s, 0.5):.2f}", f"{max(one.urgent_s):.2f}"]
        return [name, *thumbs, *waits]

    per_second = round(many.asked / many.took_s)
    shares = ", ".join(f"{name} {ms:.1f}" for name, ms in many.cpu_ms.items())
    return Part(
        name="answers",
        title="(n) Answers from Telegram",
        about=(
            "An operator replies to a card; one bot that polls and one dispatcher, 50 ms of "
            "Telegram's latency, a backend that confirms at once. The time is from when Telegram "
            "has the message, and an update for the bot, to the request at the backend."
        ),
        tables=[
            Table(
                title="Milliseconds until an answer is at the backend, limit lifted",
                columns=["", "answers", "p50", "p99"],
                rows=[
                    row(f"one each {IDLE_EVERY_S * 1000:.0f} ms", idle),
                    row(f"many at once; {per_second} a second arrived", many),
                ],
                note=(
                    "Must hold: one by one p50 under 15 ms, p99 under 50 ms; "
                    f"{MANY_A_SECOND} a second with p99 under 500 ms. Processor time an answer "
                    f"takes when many are written, in milliseconds: {shares}."
                ),
            ),
            Table(
                title=f"Seconds until 👍, and until an urgent card, at {RATE} sends a second",
                columns=["answers", "👍 p50", "👍 p99", "urgent card p50", "most"],
                rows=[
                    urgent("none", silent),
                    urgent(f"{PACED_A_SECOND} a second", paced),
                ],
                note=(
                    "Thousands of normal cards wait meanwhile. Must hold: 👍 within 2 s at p99, "
                    "and urgent cards no slower than without answers."
                ),
            ),
        ],
    )
