"""Each alert fires in a real Prometheus when the thing happens, and on a good desk none does.

For how long it must be so before an alert fires is left out here; rules_test.yml tests that.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from rq import Queue

from bot.phones import sign_in
from observability.prometheus import RULES, Prometheus, scraping
from onduty import CustomerMessage, SupportDesk
from onduty.wire import ACCEPTED
from onduty_desk.model.bot_keys import HEARD, UPDATE_CHATS_FIRST
from onduty_desk.model.event_keys import EVENTS_SINCE
from onduty_desk.model.keys import waiting_key
from onduty_desk.process.connection import connect
from onduty_sandbox.client import Sandbox
from servers import Valkey
from waiting import until

from .conftest import Processes

ALERTS = set(re.findall(r"alert: (\w+)", RULES.read_text()))


@pytest.fixture
def redis_url(own_valkey: Valkey) -> str:
    """A Redis of this test's own, which it loses."""
    return own_valkey.url


@pytest.fixture
async def ours(redis_url: str) -> AsyncIterator[Redis]:
    async with connect(redis_url) as redis:
        yield redis


@pytest.fixture
async def seen(program: str, processes: Processes, tmp_path: Path) -> AsyncIterator[Prometheus]:
    """A good desk, which is scraped, and without an alert."""
    processes.start("bot", "dispatcher")
    ports = processes.ports.values()
    async with scraping(program, tmp_path, ports, holds_for="0s") as prometheus:
        await until(lambda: prometheus.value("sum(onduty_ready)"), equals=2)
        await until(prometheus.firing, equals=set())
        yield prometheus


async def test_what_customers_and_the_backend_meet(
    seen: Prometheus, ours: Redis, redis_url: str
) -> None:
    """Nobody on duty, a long wait, events not confirmed, something given up."""
    await asyncio.to_thread(push, redis_url)
    await fires(seen, "OndutyNobodyOnDuty")
    await ours.zadd(waiting_key("support"), {"c9": ms_ago(301)})
    await ours.zadd(EVENTS_SINCE, {"c9": ms_ago(601)})
    await asyncio.to_thread(enqueue_a_pickle, redis_url)
    await fires(seen, "OndutyCustomersWait", "OndutyEventsNotConfirmed", "OndutyFailedListGrows")


async def test_what_telegram_does(
    seen: Prometheus, sandbox: Sandbox, redis_url: str, token: str
) -> None:
    """429s, another reader, something that answers in its place, a refused token."""
    anna, boris = [await sandbox.add_user(n, f"Operator {n}") for n in (101, 102)]
    await sign_in(anna)
    await sandbox.fault("429", "sendMessage", chat_id=102, retry_after=60)
    await boris.send("/start")
    await fires(seen, "OndutyThrottled")
    other = asyncio.create_task(reads(f"{sandbox.base_url}/bot{token}/getUpdates"))
    await fires(seen, "OndutyTwoReaders", "OndutyProcessNotReady")
    other.cancel()
    await sandbox.fault("page", times=None)
    await asyncio.to_thread(push, redis_url)
    await fires(seen, "OndutyDeskPaused")
    await sandbox.clear_faults()
    await is_over(seen, "OndutyDeskPaused")
    await sandbox.fault("401", times=None)
    await fires(seen, "OndutyTokenRefused")


async def test_processes_that_are_not_there(
    seen: Prometheus, processes: Processes, ours: Redis
) -> None:
    """Without a dispatcher, then without a bot; it is over when there is one again."""
    await processes.terminate("dispatcher")
    await ours.zadd(ACCEPTED, {"c1": 10**14 + ms_ago(31)})
    of_dispatcher = ("OndutyNobodySends", "OndutyProcessGone", "OndutyNotRouted")
    await fires(seen, *of_dispatcher)
    processes.start("dispatcher")
    await is_over(seen, *of_dispatcher)
    await processes.terminate("bot")
    await ours.set(HEARD, ms_ago(61))
    await ours.zadd(UPDATE_CHATS_FIRST, {str(chat): ms_ago(1) for chat in range(1_000, 1_021)})
    await fires(seen, "OndutyNobodyReads", "OndutyUpdatesWait")


async def test_a_redis_that_is_slow_and_then_away(seen: Prometheus, own_valkey: Valkey) -> None:
    """One that stands still for some seconds, and one that is killed."""
    own_valkey.freeze()
    await asyncio.sleep(9)  # each process writes its sign of life each five seconds
    own_valkey.thaw()
    await fires(seen, "OndutyRedisSlow")
    own_valkey.kill()
    await fires(seen, "OndutyRedisAway")


def test_each_alert_is_caused_here() -> None:
    """One that is added needs its cause."""
    caused = set(re.findall(r'"(Onduty\w+)"', Path(__file__).read_text()))
    assert caused == ALERTS


async def fires(prometheus: Prometheus, *alerts: str) -> None:
    """Wait until these fire."""
    missing = {*alerts}

    async def they_do() -> bool:
        missing.difference_update(await prometheus.firing())
        return not missing

    try:
        await until(they_do)
    except TimeoutError:
        pytest.fail(f"quiet: {missing}")


async def is_over(prometheus: Prometheus, *alerts: str) -> None:
    """Wait until none of these fires."""

    async def it_is() -> bool:
        return not {*alerts} & await prometheus.firing()

    await until(it_is)


def ms_ago(seconds: float) -> int:
    return int((time.time() - seconds) * 1000)


def push(url: str) -> None:
    with SupportDesk(url) as backend:
        backend.notify(CustomerMessage(text="Hello", customer_name="Alice", recipient="Shop"))


def enqueue_a_pickle(url: str) -> None:
    """Push a job as RQ does by default, which no lane runs."""
    with BlockingRedis.from_url(url) as redis:
        Queue("onduty-normal", connection=redis).enqueue("os.getcwd")


async def reads(url: str) -> None:
    """Read updates as another program does, again and again."""
    async with aiohttp.ClientSession() as session:
        while True:
            async with session.post(url, json={"timeout": 50}):
                await asyncio.sleep(1)
