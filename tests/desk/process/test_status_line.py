"""A service says in one line what it is and what it found, and each minute what it did."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import cast

import pytest
import structlog
from redis.asyncio import Redis
from structlog.testing import capture_logs

from onduty.wire import ACCEPTED
from onduty_desk.model.bot_keys import UPDATE_CHATS, UPDATE_CHATS_FIRST
from onduty_desk.model.keys import FAILED, PROCESSES, TELEGRAM, waiting_key
from onduty_desk.model.roster_keys import ON_DUTY
from onduty_desk.process import status_line as glance_module
from onduty_desk.process.cancellation import cancel
from onduty_desk.process.health import process_name, show_signs_of_life
from onduty_desk.process.logs import LIBRARIES, start_logging
from onduty_desk.process.outage import Outage
from onduty_desk.process.readiness import Loops, Readiness
from onduty_desk.process.status_line import glance, log_each_minute, log_start
from waiting import until

GROUPS = ("support", "sales")
NORMAL = 10**14


async def seconds_ago(redis: Redis, seconds: int) -> int:
    now_s, _ = await redis.time()
    return (now_s - seconds) * 1000


async def names(redis: Redis) -> list[str]:
    return cast("list[str]", await redis.zrange(PROCESSES, 0, -1))


async def test_what_waits_is_counted_over_all_groups(redis: Redis) -> None:
    """And the oldest is the oldest, whatever its priority."""
    await redis.zadd(ON_DUTY, {"1": 1, "2": 2})
    await redis.zadd(waiting_key("support"), {"a": await seconds_ago(redis, 5)})
    await redis.zadd(waiting_key("sales"), {"b": NORMAL + await seconds_ago(redis, 90)})
    await redis.zadd(FAILED, {"f": 1})
    found = await glance(redis, "bot", GROUPS)
    assert (found.operators, found.waiting, found.failed) == (2, 2, 1)
    assert 90 <= found.oldest_s < 93
    assert found.has_work


async def test_updates_that_wait_are_work_whoever_sent_them(redis: Redis) -> None:
    """Operators' chats stand in a line of their own."""
    await redis.zadd(UPDATE_CHATS_FIRST, {"7": 1})
    found = await glance(redis, "bot", GROUPS)
    assert (found.updates, found.has_work) == (1, True)
    await redis.zadd(UPDATE_CHATS, {"8": 1})
    assert (await glance(redis, "bot", GROUPS)).updates == 2


async def test_processes_that_live_are_counted(redis: Redis) -> None:
    """Not those that have ended or were killed a while ago, and this one always."""
    await redis.zadd(PROCESSES, {"dispatcher there 7": await seconds_ago(redis, 2)})
    await redis.zadd(PROCESSES, {"dispatcher there 8": await seconds_ago(redis, 60)})
    assert (await glance(redis, "bot", GROUPS)).bots == 1
    assert (await glance(redis, "bot", GROUPS)).dispatchers == 1
    showing = asyncio.create_task(show_signs_of_life(redis, "bot", Readiness(Loops(), Outage())))
    await until(lambda: names(redis), equals=["dispatcher there 7", process_name("bot")])
    assert (await glance(redis, "bot", GROUPS)).bots == 1
    await cancel(showing, again_after_s=0.2)
    await until(lambda: names(redis), equals=["dispatcher there 7"])


async def test_the_start_is_one_line(redis: Redis) -> None:
    """Version, what it does, what it found."""
    with capture_logs() as logs:
        await log_start(redis, "dispatcher", GROUPS, {"lanes": 4}, Outage())
    [line] = logs
    assert line["event"] == "dispatcher.started"
    assert line["version"]
    assert (line["lanes"], line["operators"], line["waiting"], line["dispatchers"]) == (4, 0, 0, 1)


async def test_each_minute_with_work_is_one_line(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done in it, what is left, and why the desk stands still; an idle desk is quiet."""
    monkeypatch.setattr(glance_module, "EVERY_S", 0.1)
    done, looks = {"sent": 5}, list[None]()

    def how_much() -> dict[str, int]:
        looks.append(None)
        return done

    with capture_logs() as logs:
        telling = asyncio.create_task(
            log_each_minute(redis, "dispatcher", GROUPS, how_much, Outage())
        )
        await until(lambda: len(looks) > 3)
        assert logs == []
        done["sent"] = 12
        await until(lambda: len(logs), equals=1)
        since_ms = await seconds_ago(redis, 30)
        async with redis.pipeline() as at_once:
            at_once.hset(TELEGRAM, "reason", "502 from a proxy")
            at_once.hset(TELEGRAM, "away_since_ms", str(since_ms))
            at_once.zadd(ACCEPTED, {"c1": 1})
            await at_once.execute()
        await until(lambda: len(logs) > 1)
        await cancel(telling, again_after_s=0.2)
    assert (logs[0]["event"], logs[0]["sent"]) == ("dispatcher.minute", 7)
    assert "paused" not in logs[0]
    assert (logs[-1]["sent"], logs[-1]["not_routed"]) == (0, 1)
    assert logs[-1]["paused"] == "502 from a proxy"
    assert 30 <= logs[-1]["paused_s"] < 60


@pytest.fixture
def _logging_as_before() -> Iterator[None]:
    levels = {name: logging.getLogger(name).level for name in ("", *LIBRARIES)}
    handlers, config = logging.getLogger().handlers[:], structlog.get_config()
    yield
    structlog.configure(**config)
    logging.getLogger().handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.usefixtures("_logging_as_before")
@pytest.mark.parametrize(
    ("level", "ours", "theirs"),
    [
        ("debug", logging.DEBUG, logging.WARNING),
        ("info", logging.INFO, logging.WARNING),
        ("error", logging.ERROR, logging.ERROR),
    ],
)
def test_the_level_holds_for_the_libraries_too(level: str, ours: int, theirs: int) -> None:
    """But they never say more than warnings: below those they write customers' texts."""
    start_logging("json", level)
    assert logging.getLogger().level == ours
    assert {logging.getLogger(name).level for name in LIBRARIES} == {theirs}


@pytest.mark.parametrize(
    "program", ["onduty_bot", "onduty_dispatcher", "onduty_sandbox", "onduty_demo", "onduty"]
)
def test_help_and_version_start_nothing(program: str) -> None:
    """Also where nothing is set: exit code 0, on stdout."""
    for option, said in (("--help", "usage: "), ("--version", program.replace("_", "-"))):
        command = (sys.executable, "-m", program, option)
        told = subprocess.run(command, capture_output=True, text=True, env={}, cwd="/", check=True)
        assert told.stdout.startswith(said)
        assert not told.stderr


@pytest.mark.parametrize("program", ["onduty_bot", "onduty_dispatcher"])
@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_load_no_more_than_the_settings(program: str, option: str) -> None:
    """Who asks for them waits half as long."""
    command = (sys.executable, "-X", "importtime", "-m", program, option)
    told = subprocess.run(command, capture_output=True, text=True, env={}, cwd="/", check=True)
    loaded = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines()}
    assert "onduty_desk.settings" in loaded
    assert not loaded & {"telegram", "rq", "uvloop", "aiohttp", f"{program}.running"}


@pytest.mark.parametrize("program", ["onduty_bot", "onduty_dispatcher"])
def test_a_misspelt_option_starts_nothing(program: str) -> None:
    """Exit code 2, as for any program."""
    command = (sys.executable, "-m", program, "--verison")
    told = subprocess.run(command, capture_output=True, text=True, env={}, cwd="/", check=False)
    assert told.returncode == 2
    assert "unrecognized arguments" in told.stderr
