"""`onduty doctor` finds what is planted, names the cure, and finds nothing on a good desk."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from onduty.cli import main
from onduty_desk import doctor
from onduty_desk.doctor.examining import examine
from states import state

from . import faults
from .conftest import PHRASE, Patient

Plant = Callable[[Patient], Awaitable[object]]


async def test_a_good_desk_has_nothing(patient: Patient) -> None:
    """No finding, exit code 0, and nothing in Redis is another than before."""
    before = await patient.redis.keys("*"), await patient.redis.function_list()
    assert await patient.doctor() == (0, [])
    assert (await patient.redis.keys("*"), await patient.redis.function_list()) == before


@pytest.mark.parametrize(
    ("plant", "name", "cure"),
    [
        (faults.no_token, "settings.refused", "in the environment, .env or a secret file"),
        (faults.weak_phrase, "phrase.weak", "several words"),
        (faults.open_file, "settings.exposed", "chmod o-rw"),
        (faults.open_secret, "settings.exposed", "chmod o-rw"),
        (faults.wrong_password, "redis.refused", "ONDUTY_REDIS_URL"),
        (faults.password_too_many, "redis.refused", "take it out of ONDUTY_REDIS_URL"),
        (faults.no_redis, "redis.away", "to Redis's own address"),
        (faults.evicts, "redis.evicts", "CONFIG SET maxmemory-policy noeviction"),
        (faults.keeps_nothing, "redis.keeps_nothing", "CONFIG SET appendonly yes"),
        (faults.seldom_synced, "redis.seldom_synced", "CONFIG SET appendfsync everysec"),
        (faults.short_of_memory, "redis.memory_short", "raise maxmemory"),
        (faults.no_replica, "redis.replicas_missing", "lower ONDUTY_WAIT_REPLICAS"),
        (faults.is_replica, "redis.is_replica", "to the master"),
        (faults.no_right, "redis.rights", "the Redis user needs"),
        (faults.moved_clock, "redis.clock_of_tests", "DEL onduty:test:clock-offset-ms"),
        (faults.wrong_type, "redis.wrong_type", "DEL or RENAME"),
        (faults.another_bot, "desk.another_bots", "onduty adopt 42"),
        (faults.refused_token, "token.refused", "ONDUTY_BOT_TOKEN"),
        (faults.refused_at_work, "token.refused", "nobody is signed out"),
        (faults.refused_for_processes, "token.refused", "all bots and dispatchers"),
        (faults.no_telegram, "telegram.away", "ONDUTY_TELEGRAM_PROXY"),
        (faults.call_webhook, "webhook.in_the_way", "the same ONDUTY_WEBHOOK_URL"),
        (faults.webhook_not_set, "webhook.not_set", "the same ONDUTY_WEBHOOK_URL"),
        (faults.webhook_elsewhere, "webhook.elsewhere", "the same ONDUTY_WEBHOOK_URL"),
        (faults.no_bot, "bot.none", "start onduty-bot"),
        (faults.no_dispatcher, "dispatcher.none", "start onduty-dispatcher"),
        (faults.unwell, "process.unwell", "read its log"),
        (faults.silent, "process.unwell", "read its log"),
        (faults.two_versions, "processes.other_version", "finish the upgrade"),
        (faults.paused, "telegram.paused", "ONDUTY_TELEGRAM_PROXY"),
        (faults.unread, "updates.unread", "polling.conflict"),
        (faults.nobody, "group.unattended", "/on"),
        (faults.at_their_limit, "group.full", "/limit"),
        (faults.at_the_capacity, "group.full", "capacity"),
        (faults.all_pause, "group.not_available", "/pause"),
        (faults.enough_room, "backlog.old", "more operators"),
        (faults.old_backlog, "backlog.old", "more operators"),
        (faults.not_routed, "backlog.not_routed", "more dispatchers"),
        (faults.undelivered, "events.undelivered", "ONDUTY_EVENTS_URL"),
        (faults.unwanted, "events.not_wanted", "the same settings"),
        (faults.failed, "failed.some", "onduty failed list"),
        (faults.other_version, "processes.other_version", "finish the upgrade"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
async def test_a_fault_is_found_and_its_cure_named(
    plant: Plant, name: str, cure: str, patient: Patient
) -> None:
    """Each alone, with the exit code of its severity; neither token nor phrase is shown."""
    await plant(patient)
    code, found = await patient.doctor()
    assert [one["name"] for one in found] == [name]
    assert cure in found[0]["cure"]
    assert code == {"error": 1, "warning": 3}[found[0]["severity"]]
    for secret in (PHRASE, "sandbox-token", faults.OTHER_TOKEN[3:], "hunter2", "hook/of/secrets"):
        assert secret not in str(found)


async def test_a_refused_token_names_the_processes_that_have_it(patient: Patient) -> None:
    """Also where this command has another one."""
    await faults.refused_for_processes(patient)
    _, [one] = await patient.doctor()
    assert one["reason"] == ("Telegram refuses the token of bot 7 on here, dispatcher 7 on here")


async def test_a_bot_that_polls_is_said_to_poll(patient: Patient) -> None:
    """Also while it does not hold the lease, as after a refused token."""
    await faults.unread_by_polling(patient)
    _, [one] = await patient.doctor()
    assert one["reason"].startswith("a bot polls, and has not for")


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (faults.paused, "paused for [45] min"),
        (faults.unread, "not for [23] min"),
        (faults.old_backlog, "the first for 1 h"),
        (faults.not_routed, "the first for [23] min"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
async def test_a_time_is_said_as_by_the_other_commands(
    plant: Plant, said: str, patient: Patient
) -> None:
    """Not as 0:03:02."""
    await plant(patient)
    _, [one] = await patient.doctor()
    assert re.search(said, one["reason"])


@pytest.mark.parametrize(
    ("name", "finding"),
    [
        ("MISCONF", "redis.cannot_save"),
        ("OOM", "redis.memory_short"),
        ("OOM", "redis.cannot_now"),
        ("gone", "redis.away"),
    ],
)
async def test_a_redis_that_cannot_is_found(name: str, finding: str, patient: Patient) -> None:
    """Also one that does not answer at all: then Telegram is looked at all the same."""
    patient.set("BOT_TOKEN", faults.OTHER_TOKEN)
    with state(name, patient.server):
        code, found = await patient.doctor()
    assert code == 1
    assert {finding, "token.refused"} <= {one["name"] for one in found}


def clock_apart(by_s: float) -> float:
    return time.time() + by_s


async def test_a_clock_that_differs_is_found(patient: Patient) -> None:
    """A minute before or behind."""
    for apart_s in (-60, 60):
        found = await examine(patient.server.url, partial(clock_apart, apart_s))
        [one] = found.findings
        assert one.name == "redis.clock_differs"
        assert "60 s" in one.reason or "59 s" in one.reason
        assert "NTP" in one.cure


@asynccontextmanager
async def far_away(path: str, delay_s: float) -> AsyncIterator[int]:
    """Pass on what a Unix socket answers, later."""

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while part := await reader.read(65536):
            await asyncio.sleep(delay_s)
            writer.write(part)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_redis, to_redis = await asyncio.open_unix_connection(path)
        await asyncio.gather(copy(reader, to_redis), copy(from_redis, writer))

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_a_redis_that_is_far_away_is_found(patient: Patient) -> None:
    """By how long its answers take."""
    async with far_away(patient.server.url.removeprefix("unix://"), 0.02) as port:
        code, found = await patient.doctor("--redis", f"redis://127.0.0.1:{port}/0")
    assert (code, [one["name"] for one in found]) == (3, ["redis.slow"])
    assert "near Redis" in found[0]["cure"]


async def test_what_cannot_be_looked_at_is_told(patient: Patient) -> None:
    """Without a token nobody can ask Telegram; people read it, and scripts have the exit code."""
    patient.set("BOT_TOKEN", "")
    with state("gone", patient.server):
        patient.capsys.readouterr()
        code = await asyncio.to_thread(main, ["doctor"])
    told = patient.capsys.readouterr()
    assert code == 1
    assert "error settings.refused: ONDUTY_BOT_TOKEN" in told.out
    assert "    cure: " in told.out
    assert "not checked: Telegram" in told.err
    assert "not checked: Redis" in told.err
    assert told.err.endswith("errors: 2, warnings: 0\n")


def test_the_documentation_has_each_finding() -> None:
    """A table of docs/sre.md, in both directions."""
    page = Path("docs/sre.md").read_text().partition("## What the doctor finds")[2]
    rows = re.findall(r"^\| (`[a-z_.`, ]+`) \|", page.partition("\n## ")[0], re.MULTILINE)
    told = {name.strip("`") for row in rows for name in row.split(", ")}
    found = set(re.findall(r"[\"(]((?:[a-z_]+|\{service\})\.[a-z_]+)\"", everything()))
    assert told == (found - {"{service}.none"}) | {"bot.none", "dispatcher.none"}


def everything() -> str:
    """Return the text of all checks."""
    (folder,) = doctor.__path__
    setup = Path(folder).parent / "process" / "redis_setup.py"
    return "".join(path.read_text() for path in [*Path(folder).glob("*.py"), setup])
