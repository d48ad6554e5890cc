"""(a) How long a message takes from `notify` to Telegram when nothing else goes on."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bench.peers import PEERS, Push
from bench.place import Place
from bench.results import Part, Plot, Table
from bench.words import message, percentile, waits_ms
from onduty import SupportDesk

LATENCY_S = 0.05
EVERY_S = 0.1
PEERS_EVERY_S = 0.3
"""A worker that forks needs more than a tenth of a second for one."""

AT_REST_AFTER_S, AT_REST_FOR_S = 15.0, 20.0

GROUPS = 20
"""One operator each, in turn: nobody's phone is busy with the message before."""


@dataclass(frozen=True)
class Size:
    """How long it takes: the whole, or a smoke test."""

    messages: int = 300
    of_peers: int = 40
    with_peers: bool = True


async def measure(place: Place, *, is_quick: bool = False) -> Part:
    """Push one message each tenth of a second."""
    size = Size(10, 0, with_peers=False) if is_quick else Size()
    await place.clear(latency_s=LATENCY_S)
    groups = {f"g{n}": f"phrase {n}" for n in range(GROUPS)}
    for n, group in enumerate(groups):
        await place.sign_in([n + 1], group)
    await place.dispatchers(1, ONDUTY_GROUPS=json.dumps(groups))
    with SupportDesk(place.redis_url) as desk:
        waits = await _push_and_wait(
            place, size.messages, EVERY_S, lambda n: desk.notify(message(n, group=f"g{n % GROUPS}"))
        )
    await place.end()
    asked = await _asked_at_rest(place) if size.with_peers else None
    found = {"Onduty": ("–", waits)}
    for peer in PEERS if size.with_peers else ():
        await place.clear(latency_s=LATENCY_S)
        await place.sign_in(range(1, GROUPS + 1))
        await peer.start(place)

        with peer.pushing(place.redis_url) as push:
            waits = await _push_and_wait(place, size.of_peers, PEERS_EVERY_S, partial(_one, push))
        found[peer.name] = (peer.lacks, waits)
        await place.end()
    return Part(
        name="idle",
        title="(a) Latency on an idle system",
        about=(
            f"One message to one operator each {EVERY_S * 1000:.0f} ms (for peers each "
            f"{PEERS_EVERY_S * 1000:.0f} ms: some need longer for one), from the call of `notify` "
            "or the peer's enqueue to the arrival of the request at the sandbox, in milliseconds."
        ),
        tables=[
            Table(
                title="Milliseconds from push to request",
                columns=["", "messages", "p50", "p99", "what it does not do"],
                rows=[
                    [name, len(ms), *(round(percentile(ms, p), 1) for p in (0.5, 0.99)), lacks]
                    for name, (lacks, ms) in found.items()
                ],
                note="Must hold for Onduty: p50 under 10 ms, p99 under 30 ms.",
            ),
            *(
                [
                    Table(
                        title="Four dispatchers without anything to do",
                        columns=["Redis commands a second, together"],
                        rows=[[round(asked)]],
                        note="Those in scripts included. Must hold: under 60.",
                    )
                ]
                if asked is not None
                else []
            ),
        ],
        plots=[
            Plot(
                name="idle",
                title="From notify to the send request, idle system",
                x="share of messages, %",
                y="ms",
                is_log=True,
                target=30,
                series={
                    name: [(float(p), percentile(ms, p / 100)) for p in range(1, 100, 2)]
                    for name, (_, ms) in found.items()
                },
            )
        ],
    )


async def _asked_at_rest(place: Place) -> float:
    await place.clear(latency_s=LATENCY_S)
    await place.dispatchers(4)
    await asyncio.sleep(AT_REST_AFTER_S)
    before, began = await place.redis.info("stats"), time.monotonic()
    await asyncio.sleep(AT_REST_FOR_S)
    after, took = await place.redis.info("stats"), time.monotonic() - began
    await place.end()
    return float(after["total_commands_processed"] - before["total_commands_processed"] - 1) / took


def _one(push: Push, n: int) -> None:
    push([(n, [n % GROUPS + 1])])


async def _push_and_wait(
    place: Place, number: int, every_s: float, push: Callable[[int], object]
) -> list[float]:
    pushed_at: dict[int, float] = {}
    for n in range(number):
        pushed_at[n] = time.monotonic()
        await asyncio.to_thread(push, n)
        await asyncio.sleep(max(0.0, pushed_at[n] + every_s - time.monotonic()))
    await asyncio.sleep(1)
    return waits_ms(pushed_at, await place.sends())
