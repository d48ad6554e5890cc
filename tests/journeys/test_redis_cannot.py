"""Redis answers but cannot, or does not answer: services outlast it, say so once, and obey."""

import asyncio
from time import monotonic

import pytest
from redis.asyncio import Redis
from rq.suspension import WORKERS_SUSPENDED

from onduty import CustomerMessage, SupportDesk
from onduty.wire import ACCEPTED
from onduty_desk.model.phone_keys import timetable_key
from onduty_desk.process.connection import connect
from servers import Valkey
from states import STATES, state
from waiting import until

from .conftest import Desk

TOLD = ("redis.away", "redis.back")
UNNOTICED = {"cut", "frozen"}
"""A cut connection is replaced in silence, and an answer two seconds late is waited for."""


def notify(url: str, text: str) -> None:
    with SupportDesk(url) as backend:
        backend.notify(CustomerMessage(text=text, customer_name="Alice", recipient="The Shop"))


@pytest.fixture
def redis_url(own_valkey: Valkey) -> str:
    """A Redis of this journey's own, to which it does what it likes."""
    return own_valkey.url


async def test_every_state_is_outlasted_and_told_twice(own_valkey: Valkey, desk: Desk) -> None:
    """No process ends, the next message arrives; one line at the begin, one at the end of each."""
    services = await desk.start("bot", "bot", "dispatcher", "dispatcher")
    anna = await desk.operator(101, "Anna")
    for name in STATES:
        before = len(desk.logged(*TOLD))
        with state(name, own_valkey):
            await asyncio.sleep(2)
        ended = monotonic()
        await asyncio.to_thread(notify, own_valkey.url, f"after {name}")
        await anna.wait_for(f"after {name}", timeout_s=30)
        print(f"{name}: the next card after {monotonic() - ended:.1f} s")  # noqa: T201 - with pytest -s
        await anna.send("/status")
        await until(lambda before=before: told_in_pairs(desk.logged(*TOLD)[before:]))  # type: ignore[misc]
        told = desk.logged(*TOLD)[before:]
        assert len(told) <= 2 * len(services), name
        assert told or name in UNNOTICED, name
        assert [service.returncode for service in services] == 4 * [None], name


def told_in_pairs(told: list[str]) -> bool:
    return told.count("redis.away") == told.count("redis.back")


@pytest.mark.parametrize("name", ["frozen", "BUSY", "READONLY", "suspended"])
async def test_sigterm_is_obeyed_in_every_state(name: str, own_valkey: Valkey, desk: Desk) -> None:
    """Exit code 0, within the grace period of ten seconds."""
    services = await desk.start("bot", "dispatcher")
    if name == "suspended":
        async with connect(own_valkey.url) as redis:
            await redis.set(WORKERS_SUSPENDED, 1)
            await asyncio.to_thread(notify, own_valkey.url, "a job for a lane")
            await asyncio.sleep(1.5)
            codes = await asyncio.gather(*(service.terminate() for service in services))
    else:
        with state(name, own_valkey):
            await asyncio.sleep(1)
            codes = await asyncio.gather(*(service.terminate() for service in services))
    assert codes == [0, 0]


async def test_services_wait_for_redis_at_start(own_valkey: Valkey, desk: Desk) -> None:
    """They say so, and start when it comes."""
    with state("gone", own_valkey):
        desk.begin("bot", "dispatcher")
        await until(lambda: desk.logged("redis.waited_for"), equals=2 * ["redis.waited_for"])
    started = ("bot.started", "dispatcher.started")
    await until(lambda: sorted(desk.logged(*started)), equals=[*started])


async def test_services_that_wait_at_start_obey(own_valkey: Valkey, desk: Desk) -> None:
    """SIGTERM ends them with code 0, though they have done nothing yet."""
    with state("READONLY", own_valkey):
        services = desk.begin("bot", "dispatcher")
        await until(lambda: desk.logged("redis.waited_for"), equals=2 * ["redis.waited_for"])
        codes = await asyncio.gather(*(service.terminate() for service in services))
    assert codes == [0, 0]


@pytest.mark.parametrize("key", [ACCEPTED, timetable_key("edits")], ids=["accepted", "edits"])
async def test_a_key_of_a_wrong_type_ends_no_process(
    key: str, own_valkey: Valkey, desk: Desk
) -> None:
    """The services name it, go on with all else, and use it again when it has been removed."""
    services = await desk.start("bot", "dispatcher")
    anna = await desk.operator(101, "Anna")
    async with connect(own_valkey.url) as redis:
        await overwrite(redis, key)
        await until(lambda: bool(desk.logged("redis.wrong_type")))
        assert key in desk.log.read_text()
        await redis.delete(key)
    await asyncio.to_thread(notify, own_valkey.url, "Hello")
    await anna.wait_for("Hello", timeout_s=30)
    await anna.send("/off")
    await anna.wait_for("You've stopped receiving messages", timeout_s=30)
    assert [service.returncode for service in services] == [None, None]


async def overwrite(redis: Redis, key: str) -> None:
    await redis.set(key, "somebody else's")
