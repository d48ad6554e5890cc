"""(d) How much of Telegram's budget is used, and what that costs: 429s, and urgent messages."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench import changing
from bench.peers import ARTICLE, DRAMATIQ, SAQ, Peer
from bench.place import Place
from bench.results import Cell, Part, Plot, Table
from bench.words import message, number_of, percentile
from onduty import SupportDesk
from onduty_sandbox.client import LoggedRequest

LATENCY_S = 0.05
FREE, PAID = 30, 1_000
OPERATORS = {FREE: 200, PAID: 2_500}
"""At one card a second to each, enough phones for the rate."""

SOMEBODY, BUSY = 9_001, 9_002
"""Operators for the urgent messages: one with nothing else, one with normal ones waiting."""

FIRST_URGENT = 1_000_000
URGENT_EVERY_S = 2.3
WARMING_UP_S = 2.0
PLOTTED_S = 10


@dataclass
class Found:
    """What came of one run."""

    name: str
    rate: int
    share: float
    most_in_a_second: int
    refused: int
    lacks: str = "–"
    urgent_s: dict[str, list[float]] = field(default_factory=dict)
    each_second: list[int] = field(default_factory=list)


async def measure(place: Place, *, is_quick: bool = False) -> Part:
    """Work off a backlog under the limit that the sandbox enforces."""
    if is_quick:
        return _part(
            [await _onduty(place, 1, FREE, 3)], await changing.measure(place, is_quick=True)
        )
    found = [await _onduty(place, number, FREE, 60) for number in (1, 2, 4)]
    found += [await _onduty(place, number, PAID, 15) for number in (1, 4)]
    for peer in (ARTICLE, SAQ, DRAMATIQ):
        found += [await _peer(place, peer, number, 10) for number in (1, 4)]
    return _part(found, await changing.measure(place))


async def _onduty(place: Place, dispatchers: int, rate: int, seconds: float) -> Found:
    operators, with_urgent = OPERATORS[rate], rate == FREE
    await _prepare(place, rate)
    messages = int(rate * (seconds + 5) / operators * 1.3) + 1
    urgent = asyncio.Event(), list[tuple[float, str]]()
    with SupportDesk(place.redis_url) as desk:
        await asyncio.to_thread(desk.notify_many, [message(n) for n in range(messages)])
        groups = {"calm": "a phrase", "busy": "another phrase"}
        if with_urgent:
            await place.sign_in([SOMEBODY], "calm")
            await place.sign_in([BUSY], "busy")
            backlog = [
                message(n, group="busy") for n in range(500_000, 500_000 + int(seconds) + 20)
            ]
            await asyncio.to_thread(desk.notify_many, backlog)
        await place.dispatchers(
            dispatchers, per_second=str(rate), per_chat="1", ONDUTY_GROUPS=json.dumps(groups)
        )
        asking = asyncio.create_task(_ask_urgently(desk, *urgent)) if with_urgent else None
        sends = await _count(place, seconds)
        urgent[0].set()
        if asking:
            await asking
    await place.end()
    name = f"Onduty, {dispatchers} dispatcher{'s' if dispatchers > 1 else ''}"
    found = _found(name, rate, sends, seconds)
    arrived = {number_of(send): send.received_monotonic for send in sends if send.status != 429}
    for n, (pushed_at, group) in enumerate(urgent[1]):
        if at := arrived.get(FIRST_URGENT + n):
            found.urgent_s.setdefault(group, []).append(at - pushed_at)
    return found


async def _ask_urgently(
    desk: SupportDesk, enough: asyncio.Event, asked: list[tuple[float, str]]
) -> None:
    while not enough.is_set():
        group = ("calm", "busy")[len(asked) % 2]
        urgent = message(FIRST_URGENT + len(asked), group=group, priority="urgent")
        asked.append((time.monotonic(), group))
        await asyncio.to_thread(desk.notify, urgent)
        await asyncio.sleep(URGENT_EVERY_S / 2)


async def _peer(place: Place, peer: Peer, workers: int, seconds: float) -> Found:
    await _prepare(place, FREE)
    operators = range(1, OPERATORS[FREE] + 1)
    messages = [(n, operators) for n in range(int(4 * 70 * seconds / len(operators)))]
    with peer.pushing(place.redis_url) as push:
        await asyncio.to_thread(push, messages)
    await asyncio.gather(*(peer.start(place, is_limited=peer.keeps_limit) for _ in range(workers)))
    sends = await _count(place, seconds)
    await place.end()
    limiter = ", AIORateLimiter" if peer.keeps_limit else ""
    found = _found(f"{peer.name}{limiter}; {workers} of them", FREE, sends, seconds)
    found.lacks = peer.lacks
    return found


async def _prepare(place: Place, rate: int) -> None:
    await place.clear(latency_s=LATENCY_S, per_second=rate)
    await place.sign_in(range(1, OPERATORS[rate] + 1))


async def _count(place: Place, seconds: float) -> list[LoggedRequest]:
    await place.first_send()
    await asyncio.sleep(WARMING_UP_S + seconds + 0.5)
    return await place.sends()


def _found(name: str, rate: int, sends: Sequence[LoggedRequest], seconds: float) -> Found:
    taken = [send.received_monotonic for send in sends if send.status != 429]
    began = taken[0] + WARMING_UP_S
    each_second = [0] * int(seconds)
    for at in taken:
        if began <= at < began + int(seconds):
            each_second[int(at - began)] += 1
    return Found(
        name,
        rate,
        sum(each_second) / len(each_second) / rate,
        _most_in_a_second([send.received_monotonic for send in sends]),
        sum(send.status == 429 for send in sends),
        each_second=each_second,
    )


def _most_in_a_second(moments: Sequence[float]) -> int:
    window: deque[float] = deque()
    most = 0
    for at in moments:
        window.append(at)
        while window[0] <= at - 1:
            window.popleft()
        most = max(most, len(window))
    return most


def _part(found: Sequence[Found], while_others_change: Table) -> Part:
    rows: list[list[Cell]] = [
        [
            one.name,
            f"{one.rate:,}/s",
            f"{one.share:.1%}",
            one.most_in_a_second,
            one.refused,
            one.lacks,
        ]
        for one in found
    ]
    waits: list[list[Cell]] = [
        [
            one.name,
            {"calm": "another one", "busy": "the same one"}[group],
            len(seconds),
            round(percentile(seconds, 0.5), 2),
            round(max(seconds), 2),
        ]
        for one in found
        for group, seconds in one.urgent_s.items()
    ]
    return Part(
        name="budget",
        title="(d) Use of the budget",
        about=(
            "A backlog for 200 operators (2,500 at 1,000 a second) under limits that the sandbox "
            "enforces: so many in any second over all chats, one a second into each. Sent a "
            "second, as a share of what is allowed, counted where it arrives; then the most "
            "requests in any sliding second, and how many were refused with 429."
        ),
        tables=[
            Table(
                title="Share of the budget",
                columns=["", "limit", "used", "most in a second", "429s", "what it does not do"],
                rows=rows,
                note=(
                    "Must hold with 4 dispatchers: at least 95 % (the goal is 97 %), never more "
                    "than 30 in any second, no 429."
                ),
            ),
            Table(
                title="Urgent messages while thousands of normal ones wait, seconds",
                columns=["", "normal ones wait for", "asked", "median", "most"],
                rows=waits,
                note="Must hold: median under 0.5 s, for the same operator under 1.3 s.",
            ),
            while_others_change,
        ],
        plots=[
            Plot(
                name="budget",
                title="Cards a second under a limit of 30 a second",
                x="second",
                y="taken by Telegram",
                target=FREE,
                series={
                    one.name: [
                        (float(n), float(sent))
                        for n, sent in enumerate(one.each_second[:PLOTTED_S])
                    ]
                    for one in found
                    if one.rate == FREE and one.name.endswith(("4 dispatchers", "; 1 of them"))
                },
            )
        ],
    )
