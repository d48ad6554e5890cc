"""(b) One message to many operators, with the limit lifted: sends a second and what each costs."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass

from bench.peers import PEERS, Peer
from bench.place import Place, Process
from bench.results import Part, Plot, Table, ratio
from bench.words import message
from onduty import SupportDesk

LATENCY_S = 0.05
SIZES = (1, 20, 100, 1_000)
BARE = "floor: bare aiohttp, 300 at once"
AT_ONCE = 300
MOST_PER_SECOND = 3_500
"""More than anyone here sends: what is pushed lasts for the whole time."""

Push = Callable[[list[tuple[int, range]]], Coroutine[None, None, None]]


@dataclass(frozen=True)
class Found:
    """What came of one run."""

    sends_per_second: float
    cpu_us: float
    telegram_cpu_us: float


async def measure(place: Place, *, is_quick: bool = False) -> Part:
    """Let each send for some seconds from a backlog of fan-outs."""
    seconds, sizes = (1.5, (20,)) if is_quick else (5.0, SIZES)
    found: dict[str, dict[int, Found]] = {}
    for operators in sizes:
        for name, run in _runners(place, with_peers=not is_quick):
            await place.clear(latency_s=LATENCY_S)
            await place.sign_in(range(1, operators + 1))
            found.setdefault(name, {})[operators] = await run(operators, seconds)
            await place.end()
    return _part(found)


def _runners(
    place: Place, *, with_peers: bool
) -> list[tuple[str, Callable[[int, float], Awaitable[Found]]]]:
    async def onduty(operators: int, seconds: float) -> Found:
        (dispatcher,) = await place.dispatchers(1)

        async def push(messages: list[tuple[int, range]]) -> None:
            with SupportDesk(place.redis_url) as desk:
                for at in range(0, len(messages), 500):
                    batch = [message(number) for number, _ in messages[at : at + 500]]
                    await asyncio.to_thread(desk.notify_many, batch)

        return await _run(place, dispatcher, push, operators, seconds)

    async def bare(operators: int, seconds: float) -> Found:
        at_once = min(AT_ONCE, operators)  # one at a time to a phone, as order wants it
        process = await place.start("-m", "bench.peers.bare", str(operators), str(at_once))
        return await _count(place, process, seconds)

    def of(peer: Peer) -> Callable[[int, float], Awaitable[Found]]:
        async def run(operators: int, seconds: float) -> Found:
            process = await peer.start(place)

            async def push(messages: list[tuple[int, range]]) -> None:
                with peer.pushing(place.redis_url) as push_all:
                    await asyncio.to_thread(push_all, messages)

            return await _run(place, process, push, operators, seconds)

        return run

    peers = [(peer.name, of(peer)) for peer in PEERS] if with_peers else []
    return [(BARE, bare), ("Onduty, one dispatcher", onduty), *peers]


async def _run(place: Place, process: Process, push: Push, operators: int, seconds: float) -> Found:
    fan_outs = max(1, min(400, int(MOST_PER_SECOND * (seconds + 1) / operators)))
    pushing = asyncio.create_task(
        push([(number, range(1, operators + 1)) for number in range(fan_outs)])
    )
    found = await _count(place, process, seconds)
    await pushing
    return found


async def _count(place: Place, process: Process, seconds: float) -> Found:
    await place.first_send()
    cpu_s, telegram_cpu_s = process.cpu_s, place.telegram.cpu_s
    began = asyncio.get_running_loop().time()
    await asyncio.sleep(seconds)
    cpu_s, telegram_cpu_s = process.cpu_s - cpu_s, place.telegram.cpu_s - telegram_cpu_s
    ended = asyncio.get_running_loop().time()
    sends = [r for r in await place.sends() if began <= r.received_monotonic <= ended]
    if not sends:
        return Found(0.0, 0.0, 0.0)
    # A short backlog may have been sent before the time was over.
    took = max(sends[-1].received_monotonic - began, 0.1)
    each = 1e6 / len(sends)
    return Found(len(sends) / took, cpu_s * each, telegram_cpu_s * each)


def _part(found: dict[str, dict[int, Found]]) -> Part:
    sizes = list(next(iter(found.values())))
    ours = found["Onduty, one dispatcher"]
    lacks = {peer.name: peer.lacks for peer in PEERS} | {BARE: "everything but sending"}

    def rows(cell: Callable[[Found, int], str | float]) -> list[list[str | float | int]]:
        return [
            [name, *(cell(of[size], size) for size in sizes), lacks.get(name, "–")]
            for name, of in found.items()
        ]

    columns = [
        "",
        *(f"{size:,} operator{'s' if size > 1 else ''}" for size in sizes),
        "what it does not do",
    ]
    return Part(
        name="fanout",
        title="(b) Fan-out with the limit lifted",
        about=(
            "A backlog of messages, each to all operators, at 50 ms latency; one worker process "
            "each. To one phone Onduty sends one card after the other, to keep their order: with "
            "one operator 50 ms a card is the ceiling, and the floor keeps it too. Peers do not."
        ),
        tables=[
            Table(
                title="Sends a second",
                columns=columns,
                rows=rows(lambda one, _: round(one.sends_per_second)),
                note="Must hold: Onduty at 1,000 operators at least 2,000.",
            ),
            Table(
                title="Onduty is so many times as fast",
                columns=columns,
                rows=rows(lambda one, n: ratio(ours[n].sends_per_second, one.sends_per_second)),
                note="Must hold: at least 10× the stock forking worker at 1,000 operators.",
            ),
            Table(
                title="Processor time of the worker, µs a send",
                columns=columns,
                rows=rows(lambda one, _: round(one.cpu_us)),
                note="Must hold: Onduty at 1,000 operators at most 115 % of that at 20.",
            ),
            Table(
                title="Processor time of the sandbox, µs a send",
                columns=columns,
                rows=rows(lambda one, _: round(one.telegram_cpu_us)),
                note=(
                    "The sandbox is one process too: a million divided by this is the most it can "
                    "take in a second, whoever sends; the floor row shows it."
                ),
            ),
        ],
        plots=[
            Plot(
                name="fanout",
                title="Fan-out, 50 ms latency, one worker process",
                x="operators",
                y="sends a second",
                is_log=True,
                target=2000,
                series={
                    name: [(float(size), one.sends_per_second) for size, one in of.items()]
                    for name, of in found.items()
                },
            ),
            Plot(
                name="fanout-cpu",
                title="Processor time of a send",
                x="operators",
                y="µs",
                is_log=True,
                series={
                    name: [(float(size), one.cpu_us) for size, one in of.items()]
                    for name, of in found.items()
                },
            ),
        ],
    )
