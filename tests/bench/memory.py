"""(f) What a message costs in Redis, and whether a dispatcher grows with what it has sent."""

import asyncio
from dataclasses import dataclass

from bench.place import Place, Process
from bench.results import Part, Plot, Table
from bench.words import message
from onduty import CustomerMessage, SupportDesk

STORED = (1_000, 10_000, 100_000)
ON_DUTY = (10, 100, 1_000)
A_CARD = 20
"""Messages of a conversation that go out on one card: 100,000 need 5,000 sends."""

TO_EACH = 20
"""Messages that every operator gets, in the second table."""


@dataclass(frozen=True)
class Found:
    """What there is after so many messages, or for so many operators."""

    number: int
    redis_bytes: int
    deliveries: int
    dispatcher_mb: float


async def measure(place: Place, *, is_quick: bool = False) -> Part:
    """Store tenfold and hundredfold, all delivered, and then more operators."""
    stored = await _stored(place, STORED[:1] if is_quick else STORED)
    on_duty = [await _on_duty(place, number) for number in (ON_DUTY[:1] if is_quick else ON_DUTY)]
    return Part(
        name="memory",
        title="(f) Memory",
        about=(
            "Redis's own count of its memory, before and after; every message has been delivered "
            f"and everything about it is still kept. {A_CARD} messages of a conversation go out "
            "together. The text is one line; a longer one adds its bytes. The sandbox keeps no log."
        ),
        tables=[
            Table(
                title="As stored messages grow, one operator each",
                columns=["messages", "Redis, MB", "bytes a message", "dispatcher, MB"],
                rows=[
                    [
                        f"{one.number:,}",
                        round(one.redis_bytes / 1e6, 1),
                        round(one.redis_bytes / one.number),
                        round(one.dispatcher_mb, 1),
                    ]
                    for one in stored
                ],
                note="Must hold: a dispatcher's own memory is flat over 100,000 messages.",
            ),
            Table(
                title=f"As operators grow, {TO_EACH} messages to each",
                columns=[
                    "operators",
                    "deliveries",
                    "Redis, MB",
                    "bytes a delivery",
                    "dispatcher, MB",
                ],
                rows=[
                    [
                        f"{one.number:,}",
                        f"{one.deliveries:,}",
                        round(one.redis_bytes / 1e6, 2),
                        round(one.redis_bytes / one.deliveries),
                        round(one.dispatcher_mb, 1),
                    ]
                    for one in on_duty
                ],
                note="What an operator on duty costs is counted in.",
            ),
        ],
        plots=[
            Plot(
                name="memory",
                title="A dispatcher's memory",
                x="messages it has routed and sent",
                y="MB",
                series={
                    "dispatcher": [(float(one.number), one.dispatcher_mb) for one in stored],
                },
            )
        ],
    )


async def _stored(place: Place, sizes: tuple[int, ...]) -> list[Found]:
    await place.clear(latency_s=0)
    await place.sign_in([1])
    (dispatcher,) = await place.dispatchers(1)
    await place.sandbox.keep_log(enabled=False)
    before, pushed, found = await _redis_bytes(place), 0, []
    with SupportDesk(place.redis_url) as desk:
        for size in sizes:
            while pushed < size:
                batch = [_one_of_a_conversation(n) for n in range(pushed, pushed + 1_000)]
                await asyncio.to_thread(desk.notify_many, batch)
                pushed += len(batch)
            found.append(await _now(place, dispatcher, size, size, before))
    await place.end()
    return found


def _one_of_a_conversation(n: int) -> CustomerMessage:
    return message(n, conversation_id=f"c{n // A_CARD}")


async def _on_duty(place: Place, operators: int) -> Found:
    await place.clear(latency_s=0)
    before = await _redis_bytes(place)
    (dispatcher,) = await place.dispatchers(1)
    await place.sandbox.keep_log(enabled=False)
    await place.sign_in(range(1, operators + 1))
    with SupportDesk(place.redis_url) as desk:
        await asyncio.to_thread(desk.notify_many, [message(n) for n in range(TO_EACH)])
    found = await _now(place, dispatcher, operators, operators * TO_EACH, before)
    await place.end()
    return found


async def _now(
    place: Place, dispatcher: Process, number: int, deliveries: int, before: int
) -> Found:
    await place.at_rest(180)
    used = await _redis_bytes(place) - before
    return Found(number, used, deliveries, dispatcher.memory_bytes / 1e6)


async def _redis_bytes(place: Place) -> int:
    return int((await place.redis.info("memory"))["used_memory"])
