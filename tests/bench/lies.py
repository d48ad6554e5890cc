"""(k) How long a phone of a large team shows what is no longer so, as more customers come."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from random import Random

from bench.hour.plan import SEED, Customer, Turn, name_of, numbers
from bench.hour.playing import People
from bench.phones.chats import changes
from bench.phones.lasting import lasting, lies
from bench.phones.ownership import Ownership
from bench.place import Place
from bench.results import Cell, Part, Table
from bench.words import percentile
from chat_backend import running_chat_backend
from onduty import AsyncSupportDesk
from onduty.testing import WEBHOOK_SECRET
from onduty_sandbox.client import Sandbox

OPERATORS = 50
RATES = (0.15, 0.2, 0.25, 0.3, 0.4, 0.6)
"""New conversations a second; the next is tried while no lie is older than it may be."""

BURST = 5
OLDEST_S = 10.0
LATENCY_S = 0.05
RATE = 30
FOR_S = 150.0
ARRIVING_S = 100.0
"""What comes later would not be closed within the time."""


class Team(People):
    """Operators of whom one claims who has the card by then, as it is where many are rung."""

    sandbox: Sandbox
    since = 0
    """The last request before they began."""

    async def _who_claims(self, customer: Customer) -> int:
        mark = customer.lines(0)[0].partition(" ")[0]
        while True:
            log = await self.sandbox.log(after=self.since, method="sendMessage")
            has_it = [r.chat_id for r in log if r.taken and mark in str(r.parameters.get("text"))]
            if has_it:
                chance = Random(f"{SEED} {customer.number}")  # noqa: S311 - a repeatable draw
                chat = chance.choice(has_it)
                return [phone.user_id for phone in self.phones].index(chat or 0)
            await asyncio.sleep(0.3)


@dataclass(frozen=True)
class Found:
    """What came of one rate."""

    conversations: int
    lies_s: list[float]
    sends_a_second: float
    edits_a_second: float
    deletions: int
    refused: int
    not_done: int


async def measure(place: Place, *, is_quick: bool = False) -> Part:
    """Raise the rate until a lie is too old; each version in turn."""
    versions: dict[str, dict[str, str]] = {"Onduty": {}}
    if place.beside:
        versions["before"] = place.beside
    rates, length_s = (RATES[:1], (20.0, 8.0)) if is_quick else (RATES, (FOR_S, ARRIVING_S))
    found: dict[tuple[str, float], Found] = {}
    for name, environment in versions.items():
        await place.clear(latency_s=LATENCY_S, per_second=RATE, burst=3)
        async with (
            running_chat_backend() as backend,
            AsyncSupportDesk(place.redis_url, timeout_s=30) as desk,
        ):
            settings = {
                "ONDUTY_RING_EVERY": "60",
                "ONDUTY_BUTTONS_REST": "2",
                "ONDUTY_EVENTS_URL": backend.url,
                "ONDUTY_EVENTS_SECRET": WEBHOOK_SECRET,
                **environment,
            }
            await place.bot(**settings)
            await place.dispatchers(2, per_second=str(RATE), per_chat="1", **settings)
            phones = await place.come_on(range(1, OPERATORS + 1))
            for number, rate in enumerate(rates):
                people = Team(phones, desk, backend, speed=1)
                people.sandbox = place.sandbox
                customers = _customers(rate, length_s[1], first=number * 1_000)
                found[name, rate] = one = await _play(place, people, customers, length_s[0])
                if max(one.lies_s, default=0) > OLDEST_S:
                    break
            await place.end()
    return _part(found)


async def _play(place: Place, people: Team, customers: list[Customer], for_s: float) -> Found:
    await place.calm(60)
    people.since = before = (await place.sandbox.log())[-1].sequence
    began = time.time()
    await people.play(customers, for_s)
    ended_at = time.time()
    log = await place.sandbox.log(after=before)
    happened = list(changes(log, numbers(customers)))
    mine = {customer.conversation for customer in customers}
    events = [event for event in people.backend.received if event.conversation_id in mine]
    counts = Counter(change.how for change in happened)
    return Found(
        len(customers),
        lasting(happened, Ownership.of(events), ended_at, lies),
        counts["sent"] / (ended_at - began),
        counts["edited"] / (ended_at - began),
        counts["deleted"],
        sum(request.status == 429 for request in log),
        len(people.not_done),
    )


def _customers(rate: float, arriving_s: float, first: int) -> list[Customer]:
    """Return who comes: one after the other by chance, and in the middle some at once."""
    chance = Random(f"{SEED} {rate}")  # noqa: S311 - a repeatable draw
    arrivals, at = [arriving_s / 2] * BURST, chance.expovariate(rate)
    while at < arriving_s:
        arrivals.append(at)
        at += chance.expovariate(rate)
    return [
        Customer(
            number,
            name_of(number),
            arrives_s,
            (
                Turn(0, (0.0,), chance.uniform(5, 15)),
                Turn(chance.uniform(2, 8), (0.0,), chance.uniform(5, 10)),
            ),
            claimed_by=chance.randrange(OPERATORS),
            claimed_after_s=chance.uniform(3, 8),
            closed_after_s=chance.uniform(1, 5),
            is_touched=True,
            looked_at_by=None,
            released_to=None,
        )
        for number, arrives_s in enumerate(sorted(arrivals), first)
    ]


def _part(found: dict[tuple[str, float], Found]) -> Part:
    rows: list[list[Cell]] = [
        [
            *(name, rate, one.conversations),
            *(round(percentile(one.lies_s, p), 1) for p in (0.5, 0.99)),
            round(max(one.lies_s, default=0.0), 1),
            *(round(one.sends_a_second, 1), round(one.edits_a_second, 1)),
            *(one.deletions, one.refused, one.not_done),
        ]
        for (name, rate), one in found.items()
    ]
    return Part(
        name="lies",
        title="(k) The oldest lie",
        about=(
            f"{OPERATORS} operators of one group, everyone gets every customer; {RATE} sends a "
            "second; one bot, two dispatchers. Customers come by chance and once "
            f"{BURST} of them together; each is claimed 3 to 8 s after, answered, writes "
            "once more, and is closed half a minute later. A lie is a bubble with a button that "
            "is not of the conversation's state, or a phone that has bubbles and not the button "
            "of that state; it lasts from the change of the conversation to the change on the "
            "phone. The rate is raised until one is too old."
        ),
        tables=[
            Table(
                title="Seconds for which a phone showed what was no longer so",
                columns=[
                    *("", "conversations a second", "in all", "p50", "p99", "oldest"),
                    *("sends a second", "edits a second", "deletions", "429s", "not done"),
                ],
                rows=rows,
                note=f"Must hold: at 0.15 a second the oldest is under {OLDEST_S:.0f} s.",
            )
        ],
    )
