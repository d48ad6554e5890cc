"""The program itself: started, stopped, killed."""

import asyncio
import json
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.phones import ask, own
from front import fronting
from onduty_desk.model.bot_keys import POLLER
from onduty_desk.model.keys import alive_key
from onduty_desk.process.judging import is_alive
from onduty_sandbox.client import Phone, Sandbox
from services import Forked
from waiting import GENEROUS_S, until

Start = Callable[..., "Bot"]


class Bot(Forked):
    """One process, and what it has logged."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        super().__init__("onduty_bot.__main__", environment, log)
        self._log = log

    def logged(self) -> str:
        return self._log.read_text() if self._log.exists() else ""


@pytest.fixture
async def start(service_environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Start]:
    """Start a bot process; whatever is left at the end is killed."""
    started: list[Bot] = []

    def start_bot(**others: str) -> Bot:
        log = tmp_path / f"bot-{len(started)}.log"
        started.append(Bot({**service_environment, **others}, log))
        return started[-1]

    yield start_bot
    for process in started:
        process.kill()
        await process.wait()


async def ended(process: Bot) -> tuple[int, str]:
    async with asyncio.timeout(GENEROUS_S):
        code = await process.wait()
    return code, process.logged()


async def test_sigterm_ends_it_in_order(anna: Phone, start: Start, redis: Redis) -> None:
    """Exit code 0, the lease given back, and no secret in the log."""
    process = start()
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
    process = start()
    await ask(anna, "/on")
    process.kill()
    await process.wait()
    await anna.send("open sesame")
    await redis.pexpire(POLLER, 500)  # the lease would run out in eight seconds
    start()

    await anna.wait_for("You've started receiving messages")


async def test_sigint_ends_it_too(anna: Phone, start: Start) -> None:
    """Ctrl-C on a terminal is no error."""
    process = start()
    await ask(anna, "/start")
    process.send_signal(signal.SIGINT)

    assert (await ended(process))[0] == 0


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ({"ONDUTY_TEAM_SECRET": ""}, "set ONDUTY_TEAM_SECRET"),
        ({"ONDUTY_BOT_TOKEN": "42:another-token-0123456789"}, "check ONDUTY_BOT_TOKEN"),
        ({"ONDUTY_REDIS_URL": "redis://127.0.0.1/production"}, "is a number"),
    ],
)
async def test_what_makes_a_start_impossible_is_said_in_one_sentence(
    start: Start, others: dict[str, str], says: str
) -> None:
    """Exit code 1, and what to set."""
    code, said = await ended(start(**others))

    assert code == 1
    assert len(said.splitlines()) == 1
    assert says in said


async def test_a_start_that_waits_for_telegram_can_be_ended(start: Start) -> None:
    """Telegram is away at start: the bot waits, and still obeys."""
    process = start(ONDUTY_TELEGRAM_API_URL="http://127.0.0.1:9")
    await until(lambda: "\n" in process.logged())
    process.send_signal(signal.SIGTERM)

    assert json.loads(process.logged().splitlines()[0])["event"] == "telegram.unreachable"
    assert (await ended(process))[0] == 0


async def test_a_token_refused_while_it_works_is_waited_for(
    anna: Phone, start: Start, token: str, sandbox: Sandbox, redis_url: str, redis: Redis
) -> None:
    """The process stays, `onduty health` says what is wrong, and SIGTERM ends it at once."""
    async with fronting(sandbox, {token}) as front:
        process = start(ONDUTY_TELEGRAM_API_URL=front.url)
        await ask(anna, "/start")
        assert await healthy(redis_url) == (0, "bot: alive")
        front.good.clear()
        await anna.send("/help")
        wrong = "bot: Telegram refuses the bot token; check ONDUTY_BOT_TOKEN"
        await until(lambda: is_alive(redis, "bot"), equals=False)
        assert await healthy(redis_url) == (1, wrong)
        process.send_signal(signal.SIGTERM)
        code, log = await ended(process)

    assert code == 0
    events = [json.loads(line) for line in log.splitlines()]
    assert [event["event"] for event in events].count("token.refused") == 1
    assert "sandbox-token" not in log


async def healthy(redis_url: str) -> tuple[int | None, str]:
    """Ask `onduty health bot`."""
    asking = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "onduty", "health", "bot", "--redis", redis_url),
        stdout=PIPE,
        stderr=PIPE,
    )
    said, complained = await asking.communicate()
    return asking.returncode, (said + complained).decode().strip()
