"""Every process of a desk is restarted, one after the other, while customers write.

Prints what it measures: pytest -s.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from redis.asyncio import Redis

from chaos.draining import drain
from chaos.house import House, open_house
from chaos.plan import Plan, short
from chaos.producers import Producers
from chaos.reckoning import Counts, Evidence, reckon
from chaos.records import sends_and_records
from chaos.shifts import Shifts
from chat_backend import running_chat_backend
from onduty_desk.failures.failures import Failures
from onduty_desk.model.bot_keys import POLLER
from onduty_sandbox.client import Sandbox
from ports import free_port
from services import Service, start_service
from waiting import until

NAMES = (*(f"dispatcher-{n}" for n in range(4)), "bot-0", "bot-1")
READS_WITHIN_S = 10.0


@dataclass
class Replica:
    """One process, with the port at which it says whether it is ready."""

    name: str
    environment: dict[str, str]
    folder: Path
    port: int = field(default_factory=free_port)
    service: Service = field(init=False)

    def start(self) -> None:
        environment = self.environment | {"ONDUTY_METRICS_PORT": str(self.port)}
        kind, log = self.name.partition("-")[0], self.folder / f"{self.name}.log"
        self.service = start_service(kind, environment, log)


class Watch:
    """Asks every process again and again whether it is ready, and keeps each change."""

    def __init__(self, replicas: list[Replica], session: aiohttp.ClientSession) -> None:
        self._replicas = replicas
        self._session = session
        self.seen: dict[str, list[int | None]] = {one.name: [] for one in replicas}
        """The status of `/readyz`; None: nobody listens."""

    async def go_on(self) -> None:
        while True:
            for one in self._replicas:
                status = await self._ready(one)
                if self.seen[one.name][-1:] != [status]:
                    self.seen[one.name].append(status)
            await asyncio.sleep(0.2)

    def is_ready(self, one: Replica) -> bool:
        return self.seen[one.name][-1:] == [200]

    def is_gone(self, one: Replica) -> bool:
        return self.seen[one.name][-1:] == [None]

    async def _ready(self, one: Replica) -> int | None:
        try:
            async with self._session.get(f"http://127.0.0.1:{one.port}/readyz") as answer:
                return answer.status
        except aiohttp.ClientConnectionError:
            return None


@pytest.fixture
def plan() -> Plan:
    """Three operators, customers who write all the time, and nothing else."""
    return replace(
        short(seed=5),
        bots=0,
        dispatchers=0,
        coming_and_going=0,
        teams=(),
        messages_per_second=15,
        drain_at_most=timedelta(seconds=150),
    )


async def test_a_rolling_restart_loses_and_repeats_nothing(plan: Plan, tmp_path: Path) -> None:
    """All others stay ready meanwhile; the bot that reads killed, another reads within ten s."""
    async with (
        running_chat_backend() as chat,
        open_house(plan, tmp_path, chat.url) as house,
        Sandbox(house.sandbox_url) as sandbox,
        Redis.from_url(house.valkey.url, decode_responses=True) as redis,
        started(house) as replicas,
        watching(replicas) as watch,
    ):
        shifts = Shifts(sandbox, plan)
        await shifts.sign_in_everybody()
        producers = Producers(plan, house.valkey.url)
        producers.start()
        began = time.monotonic()
        for one in replicas:
            assert await one.service.terminate() == 0
            await until(lambda one=one: watch.is_gone(one))  # type: ignore[misc]
            await until(lambda: redis.exists(POLLER), equals=1)  # another bot reads by now
            one.start()
            await until(lambda one=one: watch.is_ready(one))  # type: ignore[misc]
        took_s = time.monotonic() - began
        for name, statuses in watch.seen.items():
            assert without_starting(statuses) == [200, None, 200], (name, statuses)
        unread_s = await kill_the_reader(replicas, redis)
        await asyncio.to_thread(producers.stop)
        by_rq = [one.message_id for one in producers.accepted if not one.is_ordered]
        left, _ = await drain(redis, by_rq, plan.drain_at_most, lambda _: None)
        assert not any(left.values()), left
        sends, untrue = await sends_and_records(redis, sandbox, producers.accepted)
        failures = (await Failures(redis).all()).values()
        counts = reckon(
            Evidence(producers.accepted, sends, [*failures], house.ended, plan.core, shifts.off)
        )
    print(  # noqa: T201 - with pytest -s
        f"{len(replicas)} processes restarted in {took_s:.1f} s, {counts.accepted} messages and "
        f"{counts.cards} cards meanwhile; the reader killed, another read after {unread_s:.1f} s"
    )
    assert counts.accepted > 100
    assert wrong(counts) == []
    assert untrue == []
    assert unread_s < READS_WITHIN_S


def wrong(counts: Counts) -> list[str]:
    return [
        *counts.lost,
        *counts.out_of_order,
        *counts.repeated_unmarked,
        *counts.repeated_other,
        *counts.given_up,
    ]


def without_starting(statuses: list[int | None]) -> list[int | None]:
    """Leave out that a process which starts is not ready yet, and says so."""
    return [status for status in statuses[statuses.index(200) :] if status != 503]


async def kill_the_reader(replicas: list[Replica], redis: Redis) -> float:
    """Kill the bot that has the lease; return after how long another has it."""
    reader = await redis.get(POLLER)
    bots = [one for one in replicas if one.name.startswith("bot")]
    await bots[0].service.kill()  # it reads since bot-1 was restarted after it
    killed_at = time.monotonic()

    async def another_reads() -> bool:
        return await redis.get(POLLER) not in {None, reader}

    await until(another_reads)
    return time.monotonic() - killed_at


@asynccontextmanager
async def started(house: House) -> AsyncIterator[list[Replica]]:
    """Four dispatchers and two bots; whatever runs at the end is killed."""
    replicas = [Replica(name, house.environment, house.folder) for name in NAMES]
    for one in replicas:
        one.start()
    try:
        yield replicas
    finally:
        for one in replicas:
            if one.service.returncode is None:
                await one.service.kill()


@asynccontextmanager
async def watching(replicas: list[Replica]) -> AsyncIterator[Watch]:
    """Watch them from the moment at which all are ready."""
    async with aiohttp.ClientSession() as session:
        watch = Watch(replicas, session)
        going_on = asyncio.create_task(watch.go_on())
        try:
            await until(lambda: all(watch.is_ready(one) for one in replicas))
            yield watch
        finally:
            going_on.cancel()
            await asyncio.gather(going_on, return_exceptions=True)
