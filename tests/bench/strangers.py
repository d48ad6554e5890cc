"""(h) What 300 strangers who write to the bot cost customers and operators."""

import asyncio
import json
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from bench.place import Place
from bench.results import Cell, Part, Table
from bench.words import message, number_of, percentile
from onduty import SupportDesk
from onduty_desk.model.bot_keys import UPDATE_CHATS, UPDATE_CHATS_FIRST
from onduty_desk.model.keys import OperatorId
from onduty_desk.model.roster_keys import operator_key
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import LoggedRequest, SandboxError
from waiting import until

LATENCY_S = 0.05
RATE = 30
OPERATORS = range(1, 201)
TAPPERS = range(301, 311)
"""A group of their own: each has a card of each of these customers, and taps them twice."""

TAPPED = range(900_000, 900_008)
TAPS_A_SECOND = 2.5
CALM = range(9_001, 9_005)
"""Who gets the urgent ones, a group each: one phone alone takes hardly one a second."""

FIRST_URGENT, URGENT_EVERY_S = 1_000_000, 1.3
STRANGERS, EVERY_S = 300, 3.0
FIRST_STRANGER = 1_000_000
"""The sandbox gives them higher ids than anybody has here."""

FIRST_KNOWN, KNOWN_EVERY_S = 8_001, 5.0
NOTHING_LEFT_AFTER_S = 10.0
GROUPS = {"shift": "a phrase", "late": "another phrase"} | {f"calm{n}": f"p {n}" for n in CALM}


@dataclass
class Found:
    """What came of one run."""

    normal_share: float = 0.0
    strangers_share: float = 0.0
    written: int = 0
    left: int = 0
    urgent_s: list[float] = field(default_factory=list)
    taps_ms: list[float] = field(default_factory=list)
    on_duty_s: list[float] = field(default_factory=list)
    told_s: list[float] = field(default_factory=list)


async def measure(place: Place, *, is_quick: bool = False) -> Part:
    """A minute without strangers, and with them."""
    seconds = 8.0 if is_quick else 60.0
    floods = {"nobody": "", "a text each 3 s": "guess {n}", "/on each 3 s": "/on"}
    return _part({name: await run(place, text, seconds) for name, text in floods.items()})


async def run(place: Place, flood: str, seconds: float) -> Found:
    """Let strangers write this, or nobody, for so long; and a desk be at work."""
    found = Found()
    await place.clear(latency_s=LATENCY_S, per_second=RATE)
    groups = json.dumps(GROUPS)
    known = [OperatorId(FIRST_KNOWN + n) for n in range(max(1, int(seconds / KNOWN_EVERY_S)))]
    await place.sign_in(known, "late")
    for one in known:
        await Roster(place.redis).sign_out(one)
    bots_pace = {"ONDUTY_SENDS_PER_SECOND": str(RATE)}
    await place.start("-m", "onduty_bot", is_quiet=True, ONDUTY_GROUPS=groups, **bots_pace)
    await place.sandbox.wait_for_request("getUpdates", 60)  # its greeting is over, too
    await place.dispatchers(2, per_second=str(RATE), per_chat="1", ONDUTY_GROUPS=groups)
    await place.sign_in(OPERATORS)  # after the bot has looked for changed phrases
    await place.sign_in(TAPPERS, "shift")
    for n in CALM:
        await place.sign_in([n], f"calm{n}")
    with SupportDesk(place.redis_url) as desk:
        tapped = [message(n, group="shift") for n in TAPPED]
        await asyncio.to_thread(desk.notify_many, tapped)
        cards = [(one, await _card(place, one, n)) for n in TAPPED for one in TAPPERS]
        await until(lambda: place.redis.exists(UPDATE_CHATS, UPDATE_CHATS_FIRST), equals=0)
        await asyncio.sleep(2)
        backlog = [message(n) for n in range(int(seconds * RATE / len(OPERATORS) * 1.3) + 3)]
        await asyncio.to_thread(desk.notify_many, backlog)
        began = time.monotonic()
        urgent: list[float] = []
        async with asyncio.TaskGroup() as all_of_them:
            end = began + seconds
            if flood:
                await place.sandbox.strangers(STRANGERS, every_s=EVERY_S, for_s=seconds, text=flood)
            all_of_them.create_task(_ask_urgently(desk, end, urgent))
            all_of_them.create_task(_tap(place, cards, seconds, found))
            all_of_them.create_task(_come_on(place, known, found))
            await asyncio.sleep(end - time.monotonic())
        ended = time.monotonic()
    found.written = (await place.sandbox.strangers_so_far()).wrote
    await asyncio.sleep(NOTHING_LEFT_AFTER_S)
    log = [one for one in await place.sends() if one.status != 429]
    _reckon(found, log, began, ended, urgent)
    found.left = await place.redis.zcard(UPDATE_CHATS) + await place.redis.zcard(UPDATE_CHATS_FIRST)
    await asyncio.sleep(2)
    late = [one for one in await place.sends() if _is_strangers(one)]
    found.left += sum(one.received_monotonic > ended + NOTHING_LEFT_AFTER_S for one in late)
    await place.end()
    return found


async def _ask_urgently(desk: SupportDesk, end: float, asked: list[float]) -> None:
    while time.monotonic() < end - URGENT_EVERY_S:
        group = f"calm{CALM[len(asked) % len(CALM)]}"
        urgent = message(FIRST_URGENT + len(asked), group=group, priority="urgent")
        asked.append(time.monotonic())
        await asyncio.to_thread(desk.notify, urgent)
        await asyncio.sleep(URGENT_EVERY_S)


async def _card(place: Place, operator: int, customer: int) -> int:
    return (await place.sandbox.phone(operator).wait_for(f"[{customer}]", 60)).message_id


async def _tap(place: Place, cards: list[tuple[int, int]], seconds: float, found: Found) -> None:
    twice = [card for card in cards for _ in range(2)][: int(seconds * TAPS_A_SECOND)]
    pause_s = seconds / len(twice)
    for operator, card in twice:
        began = time.monotonic()
        with suppress(SandboxError):  # drawn anew already: the button is gone
            await place.sandbox.phone(operator).tap(card, "claim")
            found.taps_ms.append((time.monotonic() - began) * 1000)
        await asyncio.sleep(max(0.0, began + pause_s - time.monotonic()))


async def _come_on(place: Place, known: Iterable[OperatorId], found: Found) -> None:
    for operator in known:
        began = time.monotonic()
        phone = place.sandbox.phone(operator)
        await phone.send("/on")
        await phone.wait_for("Enter team secret phrase:", 30)
        said_at = time.monotonic()
        await phone.send(GROUPS["late"])
        await until(partial(place.redis.exists, operator_key(operator)), equals=1)
        found.on_duty_s.append(time.monotonic() - said_at)
        await phone.wait_for("You've started receiving messages", 30)
        found.told_s.append(time.monotonic() - began)
        await asyncio.sleep(max(0.0, began + KNOWN_EVERY_S - time.monotonic()))


def _is_strangers(request: LoggedRequest) -> bool:
    return (request.chat_id or 0) >= FIRST_STRANGER


def _reckon(
    found: Found, log: Iterable[LoggedRequest], began: float, ended: float, urgent: list[float]
) -> None:
    meanwhile = [one for one in log if began <= one.received_monotonic < ended]
    budget = RATE * (ended - began)
    found.normal_share = sum(one.chat_id in OPERATORS for one in meanwhile) / budget
    found.strangers_share = sum(map(_is_strangers, meanwhile)) / budget
    arrived = {number_of(one): one.received_monotonic for one in log}
    for n, asked_at in enumerate(urgent):
        found.urgent_s.append(arrived.get(FIRST_URGENT + n, float("inf")) - asked_at)


def _part(found: dict[str, Found]) -> Part:
    def row(name: str, one: Found) -> list[Cell]:
        return [
            name,
            one.written,
            f"{one.normal_share:.1%}",
            f"{one.strangers_share:.1%}",
            *(f"{percentile(one.urgent_s, 0.5):.2f}", f"{max(one.urgent_s):.2f}"),
            *(round(percentile(one.taps_ms, p)) for p in (0.5, 0.99)),
            *(f"{max(one.on_duty_s):.2f}", f"{max(one.told_s):.2f}"),
            one.left,
        ]

    return Part(
        name="strangers",
        title="(h) Strangers",
        about=(
            f"{STRANGERS} people who are no operators write to the bot for a minute, while "
            "thousands of normal cards wait for 200 operators; one bot, two dispatchers, 30 sends "
            "a second. Shares are of that budget; urgent cards, on duty (from the phrase) and "
            "told (from /on) in seconds, taps in milliseconds; logins are of somebody known."
        ),
        tables=[
            Table(
                title="While strangers write",
                columns=[
                    *("strangers", "texts", "normal cards", "answers to strangers"),
                    *("urgent p50", "most", "taps p50", "p99"),
                    *("on duty, most", "told, most", "left after 10 s"),
                ],
                rows=[row(name, one) for name, one in found.items()],
                note=(
                    "Must hold: normal cards at least 80 %, urgent p50 under 1 s and at most 3 s, "
                    "taps p99 under 300 ms, on duty within 2 s, told within 10 s, nothing left."
                ),
            )
        ],
    )
