"""(i) What Redis does for a send: its processor time and its commands, as desks and lines grow."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bench.place import Place, Process
from bench.results import Cell, Part, Plot, Table
from bench.words import message
from onduty import SupportDesk

LATENCY_S = 0.02
FAN_OUTS = {1: 100, 20: 100, 100: 40, 1_000: 6}
"""How many messages, by the operators that each goes to."""

WAITING = (1_000, 10_000, 100_000)
"""Customers who wait in a group in which nobody is on duty."""

SINGLES, SINGLES_A_SECOND, GROUPS = 2_000, 500, 200
LONG_MS = 20
NOW = "Onduty"
NOBODY = "nobody"


@dataclass(frozen=True)
class Found:
    """What one send took, by who took it."""

    redis_us: float
    commands: float
    dispatcher_us: float
    telegram_us: float


async def measure(place: Place, *, is_quick: bool = False) -> Part:
    """Measure each version in turn."""
    versions: dict[str, dict[str, str]] = {NOW: {}}
    if place.beside:
        versions["before"] = place.beside
    fan_outs = {20: 3} if is_quick else FAN_OUTS
    by_operators = {
        operators: {
            name: await _fan_out(place, operators, messages, environment)
            for name, environment in versions.items()
        }
        for operators, messages in fan_outs.items()
    }
    by_waiting = {
        waiting: {
            name: await _fan_out(place, 20, 50, environment, waiting)
            for name, environment in versions.items()
        }
        for waiting in (() if is_quick else WAITING)
    }
    singles = {
        name: await _singles(place, environment, 20 if is_quick else SINGLES)
        for name, environment in versions.items()
    }
    return _part(by_operators, by_waiting, singles, await _scripts(place))


async def _fan_out(
    place: Place, operators: int, messages: int, environment: dict[str, str], waiting: int = 0
) -> Found:
    await place.clear(latency_s=LATENCY_S)
    await place.sign_in(range(1, operators + 1))
    groups = json.dumps({NOBODY: "a phrase"})
    dispatchers = await place.dispatchers(1, ONDUTY_GROUPS=groups, **environment)
    with SupportDesk(place.redis_url) as desk:
        for at in range(0, waiting, 500):
            await asyncio.to_thread(
                desk.notify_many, [message(10**6 + at + n, group=NOBODY) for n in range(500)]
            )
        await place.at_rest()

        async def push() -> None:
            batch = [message(n) for n in range(messages)]
            await asyncio.to_thread(desk.notify_many, batch)

        return await _cost(place, dispatchers[0], push, operators * messages)


async def _singles(place: Place, environment: dict[str, str], messages: int) -> Found:
    await place.clear(latency_s=LATENCY_S)
    groups = {f"g{n}": f"phrase {n}" for n in range(GROUPS)}
    for n, group in enumerate(groups):
        await place.sign_in([n + 1], group)
    dispatchers = await place.dispatchers(1, ONDUTY_GROUPS=json.dumps(groups), **environment)
    with SupportDesk(place.redis_url) as desk:

        def push_all() -> None:
            began = time.monotonic()
            for n in range(messages):
                time.sleep(max(0.0, began + n / SINGLES_A_SECOND - time.monotonic()))
                desk.notify(message(n, group=f"g{n % GROUPS}"))

        return await _cost(place, dispatchers[0], lambda: asyncio.to_thread(push_all), messages)


async def _cost(
    place: Place, dispatcher: Process, push: Callable[[], Awaitable[object]], sends: int
) -> Found:
    await place.redis.config_resetstat()
    before = (await _redis_s(place), dispatcher.cpu_s, place.telegram.cpu_s)
    await push()
    async with asyncio.timeout(120):
        while len(await place.sends()) < sends:  # noqa: ASYNC110 - the sandbox tells it in its log
            await asyncio.sleep(0.2)
    await place.at_rest()
    after = (await _redis_s(place), dispatcher.cpu_s, place.telegram.cpu_s)
    counted = await place.redis.info("commandstats")
    commands = sum(command["calls"] for command in counted.values())
    await place.end()
    redis_us, dispatcher_us, telegram_us = (
        (late - early) * 1e6 / sends for early, late in zip(before, after, strict=True)
    )
    return Found(redis_us, commands / sends, dispatcher_us, telegram_us)


async def _redis_s(place: Place) -> float:
    spent = await place.redis.info("cpu")
    return float(spent["used_cpu_user_main_thread"] + spent["used_cpu_sys_main_thread"])


async def _scripts(place: Place) -> list[list[Cell]]:
    """Return how long scripts kept Redis, over a fan-out to 1,000 and what was pushed for it."""
    await place.clear(latency_s=LATENCY_S)
    await place.sign_in(range(1, 1_001))
    await place.dispatchers(1)
    await place.redis.config_set("slowlog-log-slower-than", LONG_MS * 1000)
    await place.redis.execute_command("SLOWLOG", "RESET")  # type: ignore[no-untyped-call]  # redis-py's
    await place.redis.config_resetstat()
    with SupportDesk(place.redis_url) as desk:
        for size in (1, 100, 500, 1_000):
            batch = [message(size * 10_000 + n, group=NOBODY) for n in range(size)]
            await asyncio.to_thread(desk.notify_many, batch)
        await asyncio.to_thread(desk.notify_many, [message(n) for n in range(5)])
    await place.at_rest()
    told = await place.redis.info("latencystats")
    long = await place.redis.slowlog_get(100)
    await place.end()
    rows: list[list[Cell]] = [
        [command, *(round(of[f"p{p}"] / 1000, 2) for p in ("50", "99", "99.9"))]
        for command in ("fcall", "evalsha", "eval")
        if (of := told.get(f"latency_percentiles_usec_{command}"))
    ]
    return [*rows, [f"longer than {LONG_MS} ms, times", len(long), "–", "–"]]


def _part(
    by_operators: Mapping[int, Mapping[str, Found]],
    by_waiting: Mapping[int, Mapping[str, Found]],
    singles: Mapping[str, Found],
    scripts: list[list[Cell]],
) -> Part:
    def rows(found: Mapping[int, Mapping[str, Found]]) -> list[list[Cell]]:
        return [
            [f"{size:,}", name, round(one.redis_us), round(one.commands, 1)]
            for size, of in found.items()
            for name, one in of.items()
        ]

    def plot(name: str, title: str, x: str, found: Mapping[int, Mapping[str, Found]]) -> Plot:
        names = next(iter(found.values()), {})
        return Plot(
            name=name,
            title=title,
            x=x,
            y="µs",
            series={
                version: [(float(size), of[version].redis_us) for size, of in found.items()]
                for version in names
            },
        )

    each = ["", "", "Redis, µs a send", "Redis commands a send"]
    return Part(
        name="redis",
        title="(i) Redis's time",
        about=(
            "Redis is one thread, and the ceiling of a desk however many dispatchers there are. "
            "Its processor time and its commands (those in scripts included) for each send, with "
            "the limit lifted and 20 ms latency; one dispatcher. `--beside COMMIT` measures "
            "another version in turn with this one."
        ),
        tables=[
            Table(
                title="As operators grow", columns=["operators", *each[1:]], rows=rows(by_operators)
            ),
            Table(
                title="As customers wait, each send one of a fan-out to 20",
                columns=["waiting", *each[1:]],
                rows=rows(by_waiting),
            ),
            Table(
                title=f"A single message, {SINGLES_A_SECOND} a second, and each process's time",
                columns=["", "Redis, µs", "Redis commands", "dispatcher, µs", "sandbox, µs"],
                rows=[
                    [
                        name,
                        round(one.redis_us),
                        round(one.commands, 1),
                        round(one.dispatcher_us),
                        round(one.telegram_us),
                    ]
                    for name, one in singles.items()
                ],
            ),
            Table(
                title="How long scripts keep Redis, ms",
                columns=["", "p50", "p99", "p99.9"],
                rows=scripts,
                note=(
                    "Five fan-outs to 1,000, and 1, 100, 500 and 1,000 messages accepted at once. "
                    "Must hold: p99 under 5 ms, none over 20 ms but an acceptance of more than 500."
                ),
            ),
        ],
        plots=[
            plot("redis-operators", "Redis's time a send, by operators", "operators", by_operators),
            plot(
                "redis-waiting", "Redis's time a send, by customers waiting", "waiting", by_waiting
            ),
        ],
    )
