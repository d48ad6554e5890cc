"""Very many conversations, decided by four dispatchers and two bots that are killed at random.

`python -m chaos.many --conversations 10000`, or `make chaos CONVERSATIONS=10000`: what the desk
decided is judged, decision by decision. Telegram is well throughout; what else can go wrong is in
`python -m chaos`.
"""

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import cast

from redis.asyncio import Redis

from chaos.copies import customer
from chaos.decisions import Judged, ask_for_decisions, judge_decisions, read_decisions
from chaos.free_places import FreePlaces
from chaos.hands import Hands
from chaos.house import House, open_house
from chaos.plan import ASSIGNED, WAVES, Plan, Team, full
from chaos.shifts import Shifts
from chaos.story import State, contradictions
from chaos.table import Row, is_as_it_must_be, none, written
from chaos.whims import Whims
from chat_backend import running_chat_backend
from onduty import AsyncSupportDesk, CustomerMessage, Priority
from onduty.wire import ACCEPTED
from onduty_desk.model.event_keys import EVENTS_DUE
from onduty_desk.model.keys import TEST_DECISIONS, ConversationId, conversation_key, waiting_key
from onduty_sandbox.client import Sandbox

WAITING_AT_ONCE = 60
"""So many stand in line: enough that there is an order, and few enough that it moves."""

AT_ONCE, SHARE_IN_WAVES = 20, 0.15
TELL_EVERY_S, LOOK_EVERY_S, CALM_WITHIN_S = 15.0, 0.5, 120.0
BETWEEN_BLOWS_S, BETWEEN_WHIMS_S = (5.0, 14.0), (30.0, 120.0)
BLOWS = ("kill a dispatcher", "end a dispatcher", "kill a bot", "end a bot")


@dataclass(frozen=True)
class Found:
    """What a run found."""

    conversations: int
    open: int
    """Neither closed nor owned in the end."""
    pushed_in_s: float
    blows: Counter[str]
    taps: Counter[str]
    paused: int
    limits: int
    judged: Judged
    is_cut: bool
    """The record of decisions is not whole: it is bounded."""
    contradictions: list[str]
    events: int
    places: FreePlaces


def plan_of(seed: int, operators: int) -> Plan:
    """Return the plan: most of the operators are assigned, the others rung in waves."""
    in_waves = max(3, operators // 6)
    return replace(
        full(seed, 60),
        throughout=0,
        coming_and_going=0,
        teams=(
            Team(ASSIGNED, "a", 1001, operators - in_waves, 0, 0, (0, 0)),
            Team(WAVES, "w", 3001, in_waves, 0, 0, (0, 0)),
        ),
        pushing=timedelta(),
    )


async def run(
    plan: Plan, count: int, at_most_s: float, folder: Path, tell: Callable[[str], None]
) -> Found:
    """Push as fast as the lines move, until there are so many or the time is over; then judge."""
    async with (
        running_chat_backend() as chat,
        open_house(plan, folder, chat.url, ONDUTY_LOG_LEVEL="warning") as house,
        Sandbox(house.sandbox_url) as sandbox,
        Redis.from_url(house.valkey.url, decode_responses=True) as redis,
    ):
        await ask_for_decisions(redis)
        await Shifts(sandbox, plan).sign_in_everybody()
        tell(f"{len(plan.phones)} operators are on duty")
        hands, places = Hands(plan, redis, sandbox), FreePlaces(redis, ASSIGNED)
        whims, blows = Whims(plan, sandbox, BETWEEN_WHIMS_S), Counter[str]()
        stopping = asyncio.Event()
        having_whims = asyncio.create_task(whims.play(stopping))
        endless = [asyncio.create_task(it) for it in (hands.work(), places.watch())]
        dealing = asyncio.create_task(_deal_blows(plan, house, blows))
        began = time.monotonic()
        names = await _push(plan, count, at_most_s, house.valkey.url, redis, tell)
        pushed_in_s = time.monotonic() - began
        dealing.cancel()
        stopping.set()
        await having_whims
        await _wait_for_calm(redis, plan, tell)
        for task in (dealing, *endless):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await places.look()
        states = await _states(redis, names)
        decisions, owners = await read_decisions(redis, names)
        judged = judge_decisions(decisions, ASSIGNED, whims.pauses, chat.received, owners)
        first = cast(
            "list[tuple[str, dict[str, str]]]", await redis.xrange(TEST_DECISIONS, count=1)
        )
        return Found(
            conversations=len(names),
            open=sum(state == "waiting" for state, _ in states.values()),
            pushed_in_s=pushed_in_s,
            blows=blows,
            taps=hands.taps,
            paused=sum(map(len, whims.pauses.values())),
            limits=whims.limits,
            judged=judged,
            is_cut="begins" not in first[0][1],
            contradictions=contradictions(chat.received, states),
            events=len({event.id for event in chat.received}),
            places=places,
        )


async def _push(
    plan: Plan, count: int, at_most_s: float, url: str, redis: Redis, tell: Callable[[str], None]
) -> list[str]:
    chance, names = plan.chance("customers"), list[str]()
    began = told_at = time.monotonic()
    async with AsyncSupportDesk(url) as desk:
        while len(names) < count and time.monotonic() < began + at_most_s:
            if await _waiting(redis, plan) >= WAITING_AT_ONCE:
                await asyncio.sleep(LOOK_EVERY_S / 5)
                continue
            batch = []
            for _ in range(min(AT_ONCE, count - len(names))):
                group = WAVES if chance.random() < SHARE_IN_WAVES else ASSIGNED
                names.append(f"{group[0]}{len(names)}")
                batch.append(
                    _written(names[-1], group, chance.choices(tuple(Priority), (1, 6, 3))[0])
                )
            await desk.notify_many(batch)
            if time.monotonic() > told_at + TELL_EVERY_S:
                told_at = time.monotonic()
                tell(f"{len(names):,} conversations, {len(names) / (told_at - began):.1f} a second")
    return names


def _written(name: str, group: str, priority: Priority) -> CustomerMessage:
    return CustomerMessage(
        id=f"{name}-1",
        conversation_id=name,
        text=f"[{name}-1] Where is it?",
        customer_name=customer(name),
        recipient="The Shop",
        group=group,
        priority=priority,
    )


async def _waiting(redis: Redis, plan: Plan) -> int:
    async with redis.pipeline(transaction=False) as pipeline:
        pipeline.zcard(ACCEPTED)
        for team in plan.teams:
            pipeline.zcard(waiting_key(team.group))
        return sum(await pipeline.execute())


async def _deal_blows(plan: Plan, house: House, blows: Counter[str]) -> None:
    chance = plan.chance("blows")
    while True:
        await asyncio.sleep(chance.uniform(*BETWEEN_BLOWS_S))
        blow = chance.choices(BLOWS, (5, 2, 3, 1))[0]
        dispatcher = f"dispatcher-{chance.randrange(plan.dispatchers)}"
        name = dispatcher if "dispatcher" in blow else f"bot-{chance.randrange(plan.bots)}"
        if blow.startswith("kill"):
            house.kill(name)
        else:
            await house.terminate(name)
        blows[blow] += 1


async def _wait_for_calm(redis: Redis, plan: Plan, tell: Callable[[str], None]) -> None:
    """Wait until nobody waits and nothing is to be told; what is left then is counted as left."""
    deadline = time.monotonic() + CALM_WITHIN_S
    while any(left := (await _waiting(redis, plan), int(await redis.zcard(EVENTS_DUE)))):
        if time.monotonic() > deadline:
            tell(f"no calm: {left[0]} wait, events of {left[1]} are to be told")
            return
        await asyncio.sleep(LOOK_EVERY_S)


async def _states(redis: Redis, names: Sequence[str]) -> dict[str, State]:
    async with redis.pipeline(transaction=False) as pipeline:
        for name in names:
            pipeline.hmget(conversation_key(ConversationId(name)), "state", "owner")
        found = cast("list[tuple[str | None, str | None]]", await pipeline.execute())
    return {
        name: (state or "waiting", int(owner) if owner else None)
        for name, (state, owner) in zip(names, found, strict=True)
    }


def rows(found: Found) -> list[Row]:
    """Return the table."""
    judged, places = found.judged, found.places
    waited = places.looks["somebody waited"]
    return [
        Row("conversations", f"{found.conversations:,}"),
        Row("pushed in", f"{found.pushed_in_s:.0f} s"),
        Row("killed and ended", f"{found.blows.total()}", cases=_counted(found.blows)),
        Row("taps", f"{found.taps.total():,}", cases=_counted(found.taps)),
        Row("paused, set a limit", f"{found.paused}, {found.limits}"),
        Row("events", f"{found.events:,}"),
        Row("decisions", f"{judged.counts.total():,}", cases=_counted(judged.counts)),
        none("the record of decisions is cut", ["it is"] * found.is_cut),
        none("above capacity", judged.above_capacity),
        none("offered to two", judged.offered_to_two),
        none("went before the first in line", judged.out_of_turn),
        none("rung twice in one wait", judged.twice),
        none("offered to, or rung for, who is paused", judged.to_paused),
        none("owned otherwise than decided", judged.miscounted),
        none("events that contradict", found.contradictions),
        Row("looks while somebody waited", f"{waited:,}"),
        none("a place is free while somebody waits", places.found),
        none("still waiting", ["see the log"] * found.open),
    ]


def _counted(counter: Counter[str]) -> tuple[str, ...]:
    return tuple(f"{n:,} × {what or '(no text)'}" for what, n in counter.most_common())


def main() -> int:
    """Run it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m chaos.many", description=__doc__)
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument("--operators", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=30, help="most; default: %(default)s")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    options = parser.parse_args()
    folder, began = Path(tempfile.mkdtemp(prefix="onduty-chaos-")), time.monotonic()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - began:4.0f} s  {what}", flush=True)  # noqa: T201 - to a person

    tell(f"seed {options.seed}; logs in {folder}")
    plan = plan_of(options.seed, options.operators)
    found = asyncio.run(run(plan, options.conversations, 60 * options.minutes, folder, tell))
    table = rows(found)
    print(f"\n{written(table)}\n")  # noqa: T201 - the result
    if not is_as_it_must_be(table):
        tell(f"✗ not as it must be; run it again with --seed {options.seed}; logs in {folder}")
        return 1
    shutil.rmtree(folder)
    tell("✓ as it must be")
    return 0


if __name__ == "__main__":
    sys.exit(main())
