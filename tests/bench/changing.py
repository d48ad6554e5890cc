"""What it costs new cards when the cards of others are claimed and closed: a table of part (d)."""

import asyncio
import json
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from bench.place import Place
from bench.results import Cell, Table
from bench.words import message, number_of, percentile
from onduty import SupportDesk
from onduty_desk.conversations.verbs import Verb
from onduty_sandbox.client import ChatMessage, LoggedRequest, Phone, SandboxError

LATENCY_S = 0.05
RATE = 30
TEAM = range(1, 21)
"""Who signs in to the bot, and so has a pinned board where there are boards."""

CROWD = range(1_001, 1_201)
"""Who gets the normal cards."""

CALM = range(2_001, 2_005)
"""Who gets the urgent ones, a group each: one phone alone takes hardly one a second."""

GROUPS = {"crowd": "a phrase"} | {f"calm{n}": f"phrase {n}" for n in CALM}
FIRST_OPEN, FIRST_URGENT = 500_000, 1_000_000
EACH_S = 1.2
"""One conversation of the team is claimed, and one closed; one urgent message comes."""

CLOSED_AFTER = 5
"""A conversation is closed when so many others have been claimed."""


@dataclass
class Found:
    """What came of one run."""

    seconds: float
    urgent_s: list[float] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)
    claims: int = 0
    closes: int = 0


async def measure(place: Place, *, is_quick: bool = False) -> Table:
    """Send from a backlog, and again while a team's cards change; each version in turn."""
    versions: dict[str, dict[str, str]] = {"Onduty": {}}
    if place.beside:
        versions["before"] = place.beside
    seconds = 6.0 if is_quick else 40.0
    found = {
        (name, what): await _run(place, seconds, environment, is_changing=is_changing)
        for name, environment in versions.items()
        for what, is_changing in (("cards alone", False), ("a team claims and closes", True))
    }
    return _table(found)


async def _run(
    place: Place, seconds: float, environment: dict[str, str], *, is_changing: bool
) -> Found:
    found = Found(seconds)
    await place.clear(latency_s=LATENCY_S, per_second=RATE)
    settings = {"ONDUTY_GROUPS": json.dumps(GROUPS), **environment}
    await place.bot(**settings)
    await place.dispatchers(2, per_second=str(RATE), per_chat="1", **settings)
    team = await place.come_on(TEAM)
    await place.sign_in(CROWD, "crowd")
    for n in CALM:
        await place.sign_in([n], f"calm{n}")
    opened = range(FIRST_OPEN, FIRST_OPEN + int(seconds / EACH_S) + 1)
    with SupportDesk(place.redis_url) as desk:
        await asyncio.to_thread(desk.notify_many, [message(n) for n in opened])
        await place.calm(300)
        backlog = [
            message(n, group="crowd") for n in range(int(seconds * RATE / len(CROWD) * 1.3) + 3)
        ]
        await asyncio.to_thread(desk.notify_many, backlog)
        await asyncio.sleep(2)
        began, pushed = time.monotonic(), list[float]()
        async with asyncio.TaskGroup() as meanwhile:
            meanwhile.create_task(_ask_urgently(desk, began + seconds, pushed))
            if is_changing:
                meanwhile.create_task(_change(team, opened, began + seconds, found))
            await asyncio.sleep(seconds)
        await asyncio.sleep(3)
    _reckon(found, await place.sandbox.log(), began, pushed)
    await place.end()
    return found


async def _ask_urgently(desk: SupportDesk, end: float, pushed: list[float]) -> None:
    while time.monotonic() < end - EACH_S:
        group = f"calm{CALM[len(pushed) % len(CALM)]}"
        urgent = message(FIRST_URGENT + len(pushed), group=group, priority="urgent")
        pushed.append(time.monotonic())
        await asyncio.to_thread(desk.notify, urgent)
        await asyncio.sleep(EACH_S)


async def _change(team: list[Phone], opened: range, end: float, found: Found) -> None:
    for at, number in enumerate(opened):
        if time.monotonic() > end:
            return
        phone = team[at % len(team)]
        found.claims += await _tap(phone, number, Verb.CLAIM)
        if at >= CLOSED_AFTER:
            earlier = at - CLOSED_AFTER
            owner = team[earlier % len(team)]
            found.closes += await _tap(owner, opened[earlier], Verb.CLOSE)
        await asyncio.sleep(EACH_S)


async def _tap(phone: Phone, number: int, verb: Verb) -> bool:
    def fits(shown: ChatMessage) -> bool:
        verbs = {button.callback_data for row in shown.buttons for button in row}
        return not shown.deleted and f"[{number}]" in shown.text and verb in verbs

    with suppress(TimeoutError, SandboxError):
        card = await phone.wait_for(fits, 2)
        return (await phone.tap(card.message_id, verb)).answered
    return False


def _reckon(found: Found, log: list[LoggedRequest], began: float, pushed: list[float]) -> None:
    arrived: dict[int, float] = {}
    for request in log:
        if request.method == "sendMessage" and request.taken:
            arrived.setdefault(number_of(request), request.received_monotonic)
        if not began <= request.received_monotonic < began + found.seconds:
            continue
        if request.status == 429:
            found.sent["429s"] += 1
        elif request.method == "sendMessage" and request.chat_id in CROWD:
            found.sent["normal"] += 1
        elif request.method.startswith("edit"):
            found.sent["edits"] += 1
        elif request.method.startswith("delete"):
            found.sent["deletions"] += 1
    for n, pushed_at in enumerate(pushed):
        at = arrived.get(FIRST_URGENT + n, began + found.seconds + 3)  # or later
        found.urgent_s.append(at - pushed_at)


def _table(found: dict[tuple[str, str], Found]) -> Table:
    rows: list[list[Cell]] = [
        [
            f"{name}: {what}",
            f"{one.sent['normal'] / one.seconds / RATE:.1%}",
            round(percentile(one.urgent_s, 0.5), 2),
            round(max(one.urgent_s), 2),
            one.claims,
            one.closes,
            round(one.sent["edits"] / one.seconds, 1),
            round(one.sent["deletions"] / one.seconds, 1),
            one.sent["429s"],
        ]
        for (name, what), one in found.items()
    ]
    return Table(
        title="Cards while the cards of others change",
        columns=[
            *("", "normal cards, of the budget", "urgent p50, s", "urgent most, s"),
            *("claims", "closes", "edits a second", "deletion calls a second", "429s"),
        ],
        rows=rows,
        note=(
            f"{len(CROWD)} operators get normal cards from a backlog, {len(CALM)} an urgent one in "
            f"turn each {EACH_S} s; {len(TEAM)} others, signed in to the bot, have a conversation "
            "claimed and another closed in that time, each on all their phones. One bot, two "
            "dispatchers, 30 sends a second. Must hold: the urgent as fast as before, and no fewer "
            "normal cards than before."
        ),
    )
