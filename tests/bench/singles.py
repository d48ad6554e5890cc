"""(c) Messages to one operator each, pushed one by one: how many a second, for how long."""

import asyncio
import json
import time
from dataclasses import dataclass

from redis import Redis

from bench.peers import PEERS
from bench.place import Place
from bench.results import Cell, Part, Plot, Table
from bench.words import message, percentile, waits_ms
from onduty import SupportDesk
from onduty.wire import QUEUES

LATENCY_S = 0.05
GROUPS = 200
"""One operator each, in turn."""

SUSTAINED = 750
RATES = [(200, 8.0), (500, 8.0), (SUSTAINED, 60.0), (900, 8.0)]
"""How many a second, for how many seconds."""


@dataclass(frozen=True)
class Found:
    """What came of one rate."""

    asked: int
    arrived_per_second: float
    waits_ms: list[float]
    most_in_queue: int
    last_in_queue: int


async def measure(place: Place, *, is_quick: bool = False) -> Part:
    """Offer several rates, one of them for a minute, and see what peers make of a backlog."""
    rates = [(50, 2.0)] if is_quick else RATES
    found = [await _offer(place, rate, seconds) for rate, seconds in rates]
    most: list[tuple[str, float, str]] = []
    if not is_quick:
        most = [(peer.name, await _most(place, n), peer.lacks) for n, peer in enumerate(PEERS)]
    rows: list[list[Cell]] = [
        [
            one.asked,
            round(one.arrived_per_second),
            round(percentile(one.waits_ms, 0.5)),
            round(percentile(one.waits_ms, 0.99)),
            one.most_in_queue,
            one.last_in_queue,
        ]
        for one in found
    ]
    best = max(one.arrived_per_second for one in found)
    return Part(
        name="singles",
        title="(c) Single-operator messages, sustained",
        about=(
            f"Each message a `notify` of its own, to one of {GROUPS} operators in turn, with 50 ms "
            f"latency and the limit lifted; one dispatcher process. {SUSTAINED} a second for a "
            "minute, the other rates for 8 s."
        ),
        tables=[
            Table(
                title="Onduty at an offered rate",
                columns=[
                    *("pushed a second", "arrived a second", "p50 ms", "p99 ms"),
                    *("most jobs in RQ", "at the end"),
                ],
                rows=rows,
                note=(
                    f"Must hold: {SUSTAINED} a second for a minute, p99 under 250 ms, RQ backlog "
                    "bounded. One thread pushes, which may not come to the last rate."
                ),
            ),
            Table(
                title="The most messages a second",
                columns=["", "messages a second", "what it does not do"],
                rows=[
                    ["Onduty, the highest rate above that arrived", round(best), "–"],
                    *([name, round(rate), lacks] for name, rate, lacks in most),
                ],
                note="Peers work off a backlog as fast as they can; their latency is not counted.",
            ),
        ],
        plots=[
            Plot(
                name="singles",
                title="Single-operator messages: latency by rate",
                x="messages a second",
                y="ms",
                is_log=True,
                target=250,
                series={
                    "p50": [(float(one.asked), percentile(one.waits_ms, 0.5)) for one in found],
                    "p99": [(float(one.asked), percentile(one.waits_ms, 0.99)) for one in found],
                },
            )
        ],
    )


async def _offer(place: Place, rate: int, seconds: float) -> Found:
    await place.clear(latency_s=LATENCY_S)
    groups = {f"g{n}": f"phrase {n}" for n in range(GROUPS)}
    for n, group in enumerate(groups):
        await place.sign_in([n + 1], group)
    await place.dispatchers(1, ONDUTY_GROUPS=json.dumps(groups))
    pushed_at: dict[int, float] = {}
    queued: list[int] = []

    def push() -> None:
        began = time.monotonic()
        with SupportDesk(place.redis_url) as desk, Redis.from_url(place.redis_url) as redis:
            for n in range(int(rate * seconds)):
                time.sleep(max(0.0, began + n / rate - time.monotonic()))
                pushed_at[n] = time.monotonic()
                desk.notify(message(n, group=f"g{n % GROUPS}"))
                if n % rate == rate // 2:
                    queued.append(sum(redis.llen(f"rq:queue:{name}") for name in QUEUES.values()))

    await asyncio.to_thread(push)
    await place.at_rest()
    sends = await place.sends()
    await place.end()
    took = max(sends[-1].received_monotonic - sends[0].received_monotonic, 0.1)
    return Found(rate, len(sends) / took, waits_ms(pushed_at, sends), max(queued), queued[-1])


async def _most(place: Place, peer: int, seconds: float = 6.0) -> float:
    await place.clear(latency_s=LATENCY_S)
    await place.sign_in(range(1, GROUPS + 1))
    messages = [(n, [n % GROUPS + 1]) for n in range(4_000)]
    with PEERS[peer].pushing(place.redis_url) as push:
        await asyncio.to_thread(push, messages)
    await PEERS[peer].start(place)
    began = await place.first_send()
    await asyncio.sleep(seconds)
    ended = time.monotonic()
    sends = [
        r.received_monotonic for r in await place.sends() if began <= r.received_monotonic < ended
    ]
    await place.end()
    return len(sends) / max(sends[-1] - began, 0.1)
