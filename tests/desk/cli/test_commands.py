"""`onduty operators` and `onduty health`, as a shell runs them."""

import asyncio
import socket
import subprocess
import sys

import pytest
from redis.asyncio import Redis

from onduty.cli import main
from onduty_desk.model.keys import OperatorId, alive_key
from onduty_desk.model.roster_keys import operator_key
from onduty_desk.process.cancellation import cancel
from onduty_desk.process.health import show_signs_of_life
from onduty_desk.process.outage import Outage
from onduty_desk.process.readiness import Loops, Readiness
from onduty_desk.roster.operators import Roster
from onduty_desk.topics.topics import Topics
from servers import Valkey
from states import state
from waiting import until


async def come_on(redis: Redis, operator_id: int, name: str, group: str = "support") -> None:
    await Roster(redis).sign_in(
        OperatorId(operator_id),
        name=name,
        language="en",
        group=group,
        fingerprint="f",
        update_id=operator_id,
    )


async def onduty(*arguments: str) -> int:
    return await asyncio.to_thread(main, arguments)


async def test_list_shows_everybody_on_duty(
    redis: Redis, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line for each operator, of every group."""
    await come_on(redis, 101, "Anna")
    await come_on(redis, 2_002, "Борис", "billing")

    assert await onduty("operators", "list", "--redis", redis_url) == 0
    head, anna, boris = capsys.readouterr().out.splitlines()
    assert head.split() == ["ID", "NAME", "GROUPS", "ON", "DUTY", "SINCE", "LANGUAGE"]
    assert anna.split()[:3] == ["101", "Anna", "support"]
    assert boris.split()[:3] == ["2002", "Борис", "billing"]


async def test_list_names_whom_it_cannot_read(
    redis: Redis, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another program's key in the place of one operator's hides nobody else."""
    await come_on(redis, 101, "Anna")
    await come_on(redis, 102, "Boris")
    await redis.set(operator_key(OperatorId(101)), "text")
    assert await onduty("operators", "list", "--redis", redis_url) == 0
    _, anna, boris = capsys.readouterr().out.splitlines()
    assert anna.split() == ["101", "cannot", "be", "read"]
    assert boris.split()[1] == "Boris"


async def test_list_says_when_nobody_is_on_duty(
    redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty answer is an answer too."""
    assert await onduty("operators", "list", "--redis", redis_url) == 0
    assert capsys.readouterr().out == "nobody is on duty\n"


async def test_remove_takes_one_operator_off_duty(
    redis: Redis, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A lost phone is taken off duty from the shell; the others stay."""
    await come_on(redis, 101, "Anna")
    await come_on(redis, 102, "Boris")

    assert await onduty("operators", "remove", "101", "--redis", redis_url) == 0
    assert "Anna (101) is off duty" in capsys.readouterr().out
    assert await Roster(redis).find(OperatorId(101)) is None
    assert await Roster(redis).find(OperatorId(102)) is not None


async def test_remove_of_somebody_who_is_not_on_duty_fails(
    redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped id is noticed."""
    assert await onduty("operators", "remove", "7", "--redis", redis_url) == 1
    assert "7 is not on duty" in capsys.readouterr().err


async def test_health_is_what_the_service_shows(
    redis: Redis, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A container is healthy as long as its service shows signs of life."""
    readiness = Readiness(Loops(), Outage())
    readiness.begin()
    showing = asyncio.create_task(show_signs_of_life(redis, "bot", readiness))
    await until(lambda: redis.exists(alive_key("bot", socket.gethostname())), equals=1)
    assert await onduty("health", "bot", "--redis", redis_url) == 0
    await cancel(showing, again_after_s=0.2)
    assert await onduty("health", "dispatcher", "--redis", redis_url) == 1
    assert "dispatcher: no sign of life" in capsys.readouterr().err


@pytest.mark.parametrize(("noted", "lines"), [("", 0), ("1", 0), ("0", 1)])
async def test_health_says_where_topics_are_switched_on(
    noted: str, lines: int, redis: Redis, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only if the bot has none; that is no trouble of the service."""
    if noted:
        await Topics(redis).note_enabled(has_topics=noted == "1")
    readiness = Readiness(Loops(), Outage())
    readiness.begin()
    showing = asyncio.create_task(show_signs_of_life(redis, "bot", readiness))
    await until(lambda: redis.exists(alive_key("bot", socket.gethostname())), equals=1)
    assert await onduty("health", "bot", "--redis", redis_url) == 0
    await cancel(showing, again_after_s=0.2)
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "bot: alive"
    assert ["Bot Settings, Threads Settings" in line for line in told[1:]] == [True] * lines


@pytest.mark.parametrize(
    "arguments", [("operators", "list"), ("operators", "remove", "1"), ("health", "bot")]
)
async def test_an_unreachable_redis_is_one_sentence(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """The shell says what to do, without a traceback."""
    assert await onduty(*arguments, "--redis", "unix:///nowhere/redis.sock") == 1
    told = capsys.readouterr().err
    assert told.startswith("Redis cannot be used at unix:///nowhere/redis.sock (")


@pytest.mark.parametrize(
    ("name", "cure"), [("READONLY", "to the master"), ("OOM", "give Redis more memory")]
)
async def test_a_redis_that_cannot_now_is_not_to_be_started(
    name: str, cure: str, own_valkey: Valkey, capsys: pytest.CaptureFixture[str]
) -> None:
    """It runs; what it says of itself has a cure of its own."""
    with state(name, own_valkey):
        assert await onduty("operators", "remove", "1", "--redis", own_valkey.url) == 1
    told = capsys.readouterr().err
    assert cure in told
    assert "start it" not in told


async def test_a_database_that_there_is_not_is_said(
    own_valkey: Valkey, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the words with which a service refuses to start."""
    assert await onduty("operators", "list", "--redis", f"{own_valkey.url}?db=99") == 1
    told = capsys.readouterr().err
    assert told.endswith(
        ": Redis has no database of this number; name another in ONDUTY_REDIS_URL\n"
    )


def test_the_program_itself_knows_the_desks_subcommands() -> None:
    """The entry points are installed."""
    told = subprocess.run(
        [sys.executable, "-m", "onduty", "--help"], capture_output=True, text=True, check=True
    )
    assert all(
        command in told.stdout for command in ("send", "operators", "health", "doctor", "status")
    )
