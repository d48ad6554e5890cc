"""The program itself: started, stopped, killed."""

import asyncio
import json
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest
from redis.asyncio import Redis

from bot.phones import ask, own
from onduty_desk.keys import POLLER, alive_key
from onduty_sandbox.client import Phone
from onduty_sandbox.server import running_sandbox
from waiting import GENEROUS_S, until

Start = Callable[..., Awaitable[Process]]


@pytest.fixture
async def start(service_environment: dict[str, str]) -> AsyncIterator[Start]:
    """Start a bot process; whatever is left at the end is killed."""
    started: list[Process] = []

    async def start_bot(**others: str) -> Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "onduty_bot"),
            env={**service_environment, **others},
            cwd="/",
            stderr=PIPE,
        )
        started.append(process)
        return process

    yield start_bot
    for process in started:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def ended(process: Process) -> tuple[int | None, str]:
    async with asyncio.timeout(GENEROUS_S):
        _, errors = await process.communicate()
    return process.returncode, errors.decode()


async def test_sigterm_ends_it_in_order(anna: Phone, start: Start, redis: Redis) -> None:
    """Exit code 0, the lease given back, and no secret in the log."""
    process = await start()
    await ask(anna, "/on")
    await ask(anna, "open sesame")
    await until(lambda: own(anna), equals=["/on"])
    assert await redis.exists(alive_key("bot", socket.gethostname()))
    process.send_signal(signal.SIGTERM)
    code, log = await ended(process)

    assert code == 0
    assert not await redis.exists(POLLER)
    events = [json.loads(line) for line in log.splitlines()]
    [signed_in] = [event for event in events if event["event"] == "operator.signed_in"]
    assert (signed_in["operator"], signed_in["group"]) == (101, "support")
    assert "sesame" not in log
    assert "sandbox-token" not in log


async def test_a_kill_in_the_middle_of_a_login_is_not_noticed(
    anna: Phone, start: Start, redis: Redis
) -> None:
    """SIGKILL between /on and the phrase: the next bot goes on."""
    process = await start()
    await ask(anna, "/on")
    process.kill()
    await process.wait()
    await anna.send("open sesame")
    await redis.pexpire(POLLER, 500)  # the lease would run out in ten seconds
    await start()

    await anna.wait_for("You've started receiving messages", timeout_s=30)


async def test_sigint_ends_it_too(anna: Phone, start: Start) -> None:
    """Ctrl-C on a terminal is no error."""
    process = await start()
    await ask(anna, "/start")
    process.send_signal(signal.SIGINT)

    assert (await ended(process))[0] == 0


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ({"ONDUTY_TEAM_SECRET": ""}, "set ONDUTY_TEAM_SECRET"),
        ({"ONDUTY_BOT_TOKEN": "42:another-token-0123456789"}, "check ONDUTY_BOT_TOKEN"),
        ({"ONDUTY_REDIS_URL": "unix:///nowhere.sock"}, "start it, or set ONDUTY_REDIS_URL"),
    ],
)
async def test_what_makes_a_start_impossible_is_said_in_one_sentence(
    start: Start, others: dict[str, str], says: str
) -> None:
    """Exit code 1, and what to set."""
    code, said = await ended(await start(**others))

    assert code == 1
    assert len(said.splitlines()) == 1
    assert says in said


async def test_a_start_that_waits_for_telegram_can_be_ended(start: Start) -> None:
    """Telegram is away at start: the bot waits, and still obeys."""
    process = await start(ONDUTY_TELEGRAM_API_URL="http://127.0.0.1:9")
    assert process.stderr is not None
    async with asyncio.timeout(GENEROUS_S):
        warning = json.loads(await process.stderr.readline())
    process.send_signal(signal.SIGTERM)

    assert warning["event"] == "telegram.unreachable"
    assert (await ended(process))[0] == 0


async def test_a_token_revoked_while_it_works_ends_it_with_a_sentence(
    start: Start, token: str, free_port: int
) -> None:
    """Telegram no longer knows the token: nothing can be done but say so."""
    async with running_sandbox([token], port=free_port) as sandbox:
        anna = await sandbox.add_user(101, "Anna")
        process = await start(ONDUTY_TELEGRAM_API_URL=sandbox.base_url)
        await ask(anna, "/start")
    async with running_sandbox(["43:a-new-token-0123456789"], port=free_port):
        code, log = await ended(process)

    assert code == 1
    assert log.splitlines()[-1].endswith("check ONDUTY_BOT_TOKEN")
