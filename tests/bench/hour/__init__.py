"""(j) An hour of three operators, played at six times the speed: what their phones are like."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.hour import plan
from bench.hour.counting import COLUMNS, KINDS, PANE_PX, Phone, count
from bench.hour.playing import People
from bench.phones.chats import changes, edits_of_earlier
from bench.phones.lasting import has_no_button, lasting
from bench.phones.ownership import Ownership
from bench.place import Place
from bench.results import Cell, Part, Table
from chat_backend import running_chat_backend
from onduty import AsyncSupportDesk
from onduty.testing import WEBHOOK_SECRET

SPEED = 6
LATENCY_S = 0.05
PACE_S = 1.0
"""Telegram takes one a second into a chat: what follows at once follows so much later."""
SETTLED_WITHIN_S = 25.0
"""Less than the time after which owners are asked again, with nobody there to answer."""

TIMERS_S = {
    "ONDUTY_RING_EVERY": 60,
    "ONDUTY_NUDGE_AFTER": 180,
    "ONDUTY_RETURN_AFTER": 300,
    "ONDUTY_LAST_OWNER_FIRST": 60,
    "ONDUTY_BUTTONS_REST": 2,
    "ONDUTY_OWNER_RING_EVERY": 30,
    "ONDUTY_RELEASE_DELAY": 10,
    "ONDUTY_CLOSE_IDLE_AFTER": 86_400,
}
"""The defaults; a version that does not know one of them ignores it."""


@dataclass(frozen=True)
class Found:
    """One version's hour."""

    phones: list[Phone]
    moments_s: list[float]
    """For how long a waiting customer's newest bubble had no button, each time."""
    messages: int
    refused: int
    not_done: list[str]


async def measure(place: Place, *, is_quick: bool = False) -> Part:
    """Play the hour with each version in turn."""
    versions: dict[str, dict[str, str]] = {"Onduty": {}}
    if place.beside:
        versions["before"] = place.beside
    customers, for_s = plan.draw(), plan.HOUR_S
    if is_quick:
        customers, for_s = plan.draw(3, 8, 20), 180.0
    found = {
        name: await _play(place, customers, for_s, environment)
        for name, environment in versions.items()
    }
    return _part(found)


async def _play(
    place: Place, customers: list[plan.Customer], for_s: float, environment: dict[str, str]
) -> Found:
    await place.clear(latency_s=LATENCY_S, per_second=30, burst=3)
    async with (
        running_chat_backend() as backend,
        AsyncSupportDesk(place.redis_url, timeout_s=30) as desk,
    ):
        settings = {
            **{name: f"{seconds / SPEED:g}" for name, seconds in TIMERS_S.items()},
            "ONDUTY_EVENTS_URL": backend.url,
            "ONDUTY_EVENTS_SECRET": WEBHOOK_SECRET,
            **environment,
        }
        await place.bot(**settings)
        await place.dispatchers(2, per_second="30", per_chat="1", **settings)
        chats = list(range(1, plan.OPERATORS + 1))
        phones = await place.come_on(chats)
        await place.calm(SETTLED_WITHIN_S)
        before = (await place.sandbox.log())[-1].sequence
        people = People(phones, desk, backend, SPEED)
        await people.play(customers, for_s)
        ended_at = time.time()
        await place.calm(SETTLED_WITHIN_S)
        log = await place.sandbox.log(after=before)
        await place.end()
    happened = list(changes(log, plan.numbers(customers)))
    ownership = Ownership.of(backend.received)
    counted = count(happened, ownership, chats, ended_at)
    for phone, newest in zip(phones, people.begun_at, strict=True):
        earlier = edits_of_earlier(log, phone.chat_id, newest)
        counted[phone.chat_id].edits += earlier
        counted[phone.chat_id].edits_of_others += earlier
    return Found(
        list(counted.values()),
        lasting(happened, ownership, ended_at, has_no_button),
        people.written,
        sum(request.status == 429 for request in log),
        people.not_done,
    )


def _part(found: dict[str, Found]) -> Part:
    return Part(
        name="hour",
        title="(j) A played hour",
        about=(
            f"{plan.CUSTOMERS} customers write {plan.MESSAGES} messages, one to three times each, "
            f"some lines at a time; {plan.OPERATORS} operators claim within seconds, answer in "
            "their web chat (of half of the conversations the backend reports it), sometimes open "
            f"a colleague's card, give {plan.RELEASED} conversations back, answer nudges with "
            f"Still answering, and close. Played at {SPEED} times the speed with every timer "
            f"divided by {SPEED}, but with Telegram's own limits; seed {plan.SEED}; one bot, two "
            "dispatchers. What signing in left in a chat, a pinned board with it, is not counted."
        ),
        tables=[_rings(found), _left(found), _moments(found)],
    )


def _rings(found: dict[str, Found]) -> Table:
    return Table(
        title="Rings of an operator's phone",
        columns=["", "operator", *KINDS, "all"],
        rows=_rows(found, lambda p: [*(p.rings[kind] for kind in KINDS), p.rings.total()]),
        note=(
            "A ring is a message that Telegram does not send silently. Must hold: at most 80; "
            "nudges at most 5 % of them."
        ),
    )


def _left(found: dict[str, Found]) -> Table:
    return Table(
        title="A chat after the hour",
        columns=[
            *("", "operator", "bubbles", "open", "closed, 1–2 lines", "closed, longer", "others"),
            *("screens", "edits", "of them of no customer", "deletions"),
        ],
        rows=_rows(
            found,
            lambda p: [
                *(p.left, p.left_open, p.left_short, p.left_long, p.left_otherwise),
                *(p.screens, p.edits, p.edits_of_others, p.deletions),
            ],
        ),
        note=(
            f"Screens are estimated: text in lines of {COLUMNS} characters, in a pane of {PANE_PX} "
            "pixels, as the sandbox's page has it. Must hold: at most 45 bubbles, and none closed "
            "that is longer."
        ),
    )


def _moments(found: dict[str, Found]) -> Table:
    return Table(
        title="A customer waits, and the newest bubble has no button",
        columns=[
            *("", "moments", f"longer than {PACE_S:.0f} s", "longest, s"),
            *("messages", "429s", "not done by operators"),
        ],
        rows=[
            [
                name,
                len(one.moments_s),
                sum(lasted_s > PACE_S for lasted_s in one.moments_s),
                round(max(one.moments_s, default=0.0), 1),
                one.messages,
                one.refused,
                len(one.not_done),
            ]
            for name, one in found.items()
        ],
        note=(
            f"In real seconds, of {plan.HOUR_S / SPEED:.0f} in all. Must hold: none that outlasts "
            "Telegram's own pace of one a second into a chat."
        ),
    )


def _rows(found: dict[str, Found], cells: Callable[[Phone], list[int | float]]) -> list[list[Cell]]:
    """Return a row for each operator, and one of their mean."""
    rows: list[list[Cell]] = []
    for name, one in found.items():
        all_cells = [cells(phone) for phone in one.phones]
        for number, of_one in enumerate(all_cells, 1):
            rows.append([name, str(number), *(round(cell, 1) for cell in of_one)])
        means = [sum(column) / len(all_cells) for column in zip(*all_cells, strict=True)]
        rows.append([name, "mean", *(round(mean, 1) for mean in means)])
    return rows
