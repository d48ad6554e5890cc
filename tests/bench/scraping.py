"""(m) What it costs Redis that Prometheus scrapes every process."""

import asyncio
import json
import time
from contextlib import suppress

import aiohttp

from bench.place import Place
from bench.results import Part, Table
from bench.words import message
from onduty import SupportDesk
from ports import free_port

DISPATCHERS, BOTS, OPERATORS, WAITING = 4, 2, 500, 20_000
EVERY_S = 5.0
ROUNDS, QUICK_ROUNDS = 12, 1
NOBODY = "nobody"
CALM_S, CALM_WITHIN_S = 0.04, 300
"""So little of its time Redis takes in two seconds when nothing is left to do."""


async def measure(place: Place, *, is_quick: bool = False) -> Part:
    """Let Redis's time pass without scrapes, then with them."""
    operators, waiting = (5, 20) if is_quick else (OPERATORS, WAITING)
    rounds = QUICK_ROUNDS if is_quick else ROUNDS
    await place.clear(latency_s=0.02)
    await place.sign_in(range(1, operators + 1))
    groups = {"ONDUTY_GROUPS": json.dumps({NOBODY: "a phrase"})}
    ports = [free_port() for _ in range(DISPATCHERS + BOTS)]
    for port in ports[:DISPATCHERS]:
        await place.dispatchers(1, ONDUTY_METRICS_PORT=str(port), **groups)
    for port in ports[DISPATCHERS:]:
        await place.start(
            "-m", "onduty_bot", is_quiet=True, ONDUTY_METRICS_PORT=str(port), **groups
        )
    with SupportDesk(place.redis_url) as desk:
        for at in range(0, waiting, 500):
            batch = [message(at + n, group=NOBODY) for n in range(min(500, waiting))]
            await asyncio.to_thread(desk.notify_many, batch)
    await place.at_rest()
    for port in ports:
        await _answering(port)
    await _calm(place)
    without_s = await _redis_s(place, rounds, [])
    with_s = await _redis_s(place, rounds, ports)
    await place.end()
    scraped_s, lasted_s = with_s - without_s, rounds * EVERY_S
    return Part(
        name="scraping",
        title="(m) What Prometheus costs Redis",
        about=(
            f"{DISPATCHERS} dispatchers and {BOTS} bots, each scraped each {EVERY_S:.0f} s; "
            f"{operators} operators on duty, {waiting:,} customers waiting. Redis's processor time "
            f"in {lasted_s:.0f} s with scrapes, less that in {lasted_s:.0f} s without."
        ),
        tables=[
            Table(
                title="Redis's processor time",
                columns=["without, ms a second", "with, ms a second", "a scrape, µs", "share"],
                rows=[
                    [
                        round(without_s * 1e3 / lasted_s, 2),
                        round(with_s * 1e3 / lasted_s, 2),
                        round(scraped_s * 1e6 / rounds / len(ports)),
                        f"{scraped_s / lasted_s:.2%}",
                    ]
                ],
                note="Must hold: under 1 %.",
            )
        ],
    )


async def _calm(place: Place) -> None:
    """Wait until what follows so many messages is done: names indexed, boards edited."""
    async with asyncio.timeout(CALM_WITHIN_S):
        while True:
            before = await _cpu_s(place)
            await asyncio.sleep(2)
            if await _cpu_s(place) - before < CALM_S:
                return


async def _answering(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            with suppress(OSError):
                (await asyncio.open_connection("127.0.0.1", port))[1].close()
                return
            await asyncio.sleep(0.2)


async def _redis_s(place: Place, rounds: int, ports: list[int]) -> float:
    """Return the processor time that Redis takes while these are scraped again and again."""
    before, began = await _cpu_s(place), time.monotonic()
    async with aiohttp.ClientSession() as session:
        for number in range(1, rounds + 1):
            for port in ports:
                async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
                    answer.raise_for_status()
                    assert b"onduty_operators_available" in await answer.read()
            await asyncio.sleep(max(0.0, began + number * EVERY_S - time.monotonic()))
    return await _cpu_s(place) - before


async def _cpu_s(place: Place) -> float:
    found = await place.redis.info("cpu")
    return float(found["used_cpu_user"] + found["used_cpu_sys"])
