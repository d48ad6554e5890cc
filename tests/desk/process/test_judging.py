"""`onduty health` judges every process of its host, by what each has written."""

import asyncio
import json
import os
import socket
import subprocess
import sys

import pytest
from redis.asyncio import Redis

from onduty_desk.lua.calling import script
from onduty_desk.model.keys import PROCESS_IDS, PROCESSES, alive_key, process_key, unwell_key
from onduty_desk.process import health
from onduty_desk.process.cancellation import cancel
from onduty_desk.process.health import GONE_AFTER_S, KEPT_S, show_signs_of_life
from onduty_desk.process.judging import all_processes, is_alive, what_is_wrong
from onduty_desk.process.outage import Outage
from onduty_desk.process.readiness import Loops, Readiness
from waiting import until

HOST = socket.gethostname()


def _ended_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


async def shows(
    redis: Redis, process_id: str, *, trouble: str = "", pid: int | None = None
) -> None:
    """Let a process write its sign of life now."""
    pid = os.getpid() if pid is None else pid
    about = {"service": "dispatcher", "host": HOST, "pid": pid, "version": "0.1.0"}
    record = json.dumps({**about, "trouble": trouble})
    keys = (alive_key("dispatcher", HOST), unwell_key("dispatcher", HOST))
    name = f"dispatcher {HOST} {pid}"
    await script(redis, "process/sign_of_life")(
        args=[*keys, name, GONE_AFTER_S, process_id, record, trouble, KEPT_S]
    )


async def falls_silent(
    redis: Redis, process_id: str, *, for_s: int = 25, began_s: int = 60
) -> None:
    """Let the last sign of a process be so old."""
    record = json.loads(await redis.get(process_key(process_id)) or "")
    now = (await redis.time())[0] * 1000
    record["seen_ms"], record["started_ms"] = now - for_s * 1000, now - began_s * 1000
    await redis.set(process_key(process_id), json.dumps(record))


async def test_three_of_four_that_have_stopped_show(redis: Redis) -> None:
    """The fourth, which works, hides none of them."""
    for process_id in "abcd":
        await shows(redis, process_id)
    assert await what_is_wrong(redis, "dispatcher") is None
    for process_id in "abc":
        await falls_silent(redis, process_id)
    told = await what_is_wrong(redis, "dispatcher")
    assert told is not None
    assert told.startswith("3 of 4 processes on this host are not ready: process ")
    assert told.count("no sign of life for 25 s") == 3


async def test_a_process_in_trouble_says_why(redis: Redis) -> None:
    """The only one on its host needs no number; the last release reads it under the host's name."""
    await shows(redis, "a", trouble="Telegram refuses the bot token")
    assert await what_is_wrong(redis, "dispatcher") == "Telegram refuses the bot token"
    assert await redis.get(unwell_key("dispatcher", HOST)) == "Telegram refuses the bot token"
    await shows(redis, "b")
    assert await redis.exists(unwell_key("dispatcher", HOST))
    await shows(redis, "a")
    assert not await redis.exists(unwell_key("dispatcher", HOST))
    assert await is_alive(redis, "dispatcher")


async def test_a_killed_process_shows_until_another_takes_its_place(redis: Redis) -> None:
    """One newcomer replaces one: of two that were killed the other still shows."""
    for process_id in "ab":
        await shows(redis, process_id, pid=_ended_pid())
        await falls_silent(redis, process_id)
    await shows(redis, "c")
    assert "1 of 2 processes" in str(await what_is_wrong(redis, "dispatcher"))
    await shows(redis, "d")
    assert await what_is_wrong(redis, "dispatcher") is None


async def test_a_stopped_process_is_not_replaced(redis: Redis) -> None:
    """It is still there, so somebody must end it, however many others have been started."""
    await shows(redis, "a")
    await falls_silent(redis, "a")
    await shows(redis, "b")
    assert "1 of 2 processes" in str(await what_is_wrong(redis, "dispatcher"))


async def test_a_process_of_the_last_release_is_judged_as_before(redis: Redis) -> None:
    """During an upgrade it writes only the key of its host."""
    assert "no sign of life" in str(await what_is_wrong(redis, "bot"))
    await redis.set(alive_key("bot", HOST), "1")
    assert await what_is_wrong(redis, "bot") is None
    await redis.set(unwell_key("bot", HOST), "the token")
    assert await what_is_wrong(redis, "bot") == "the token"


async def test_other_hosts_and_services_are_not_judged(redis: Redis) -> None:
    """A health check is about its own container; `all_processes` knows them all."""
    await shows(redis, "a")
    record = json.loads(await redis.get(process_key("a")) or "")
    other = json.dumps(record | {"host": "elsewhere", "trouble": "a 409"})
    await redis.set(process_key("b"), other)
    await redis.zadd(PROCESS_IDS, {"b": 1, "expired": 2})
    assert await what_is_wrong(redis, "dispatcher") is None
    assert {one.host for one in (await all_processes(redis)).processes} == {HOST, "elsewhere"}


async def test_who_ends_says_goodbye(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it wrote goes with it, so an ended process is not missed."""
    monkeypatch.setattr(health, "EVERY_S", 0.05)
    readiness = Readiness(Loops(), Outage())
    showing = asyncio.create_task(show_signs_of_life(redis, "bot", readiness))
    await until(
        lambda: what_is_wrong(redis, "bot"),
        equals="it is starting, and waits for Redis or Telegram",
    )
    readiness.begin()
    await until(lambda: what_is_wrong(redis, "bot"), equals=None)
    [process] = (await all_processes(redis)).processes
    assert (process.pid, process.service) == (os.getpid(), "bot")
    assert process.seen_ms >= process.started_ms
    assert process.version
    assert readiness.why_not_ready is None
    await cancel(showing, again_after_s=0.2)
    assert await redis.exists(PROCESSES, PROCESS_IDS) == 0
    assert (await all_processes(redis)).processes == ()
