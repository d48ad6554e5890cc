"""onduty-sandbox as a program."""

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiohttp import ClientConnectionError, ClientSession

from onduty_sandbox.bot_api.bots import DEMO_TOKEN
from onduty_sandbox.client import Sandbox

Run = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def run() -> Iterator[Run]:
    """Start the program; it is gone after the test."""
    processes: list[subprocess.Popen[str]] = []

    def start(*options: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "onduty_sandbox", *options]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def address(process: "subprocess.Popen[str]") -> str:
    """The address that the program says it listens on."""
    assert process.stdout
    line = process.stdout.readline()
    assert line.startswith("sandbox listening on http://127.0.0.1:")
    return line.split()[-1]


async def _read(session: ClientSession, url: str) -> str:
    async with session.get(url) as response:
        return await response.text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_stops_at_once_with_a_poll_open(run: Run, number: signal.Signals) -> None:
    """A waiting bot gets an answer, and the program ends with 0."""
    process = run("--port", "0")
    url = address(process)
    poll_url = f"{url}/bot{DEMO_TOKEN}/getUpdates?timeout=50"
    async with (
        Sandbox(url) as sandbox,
        ClientSession() as session,
        session.get(f"{url}/control/events") as stream,
    ):
        await stream.content.readline()
        poll = asyncio.create_task(_read(session, poll_url))
        await sandbox.wait_for_request("getUpdates")
        process.send_signal(number)
        assert await poll == '{"ok":true,"result":[]}'
    assert process.wait(timeout=5) == 0


async def test_tokens_and_limits_are_options(run: Run) -> None:
    """Several bots, limits and bursts."""
    options = ("--port", "0", "--token", "5:five", "--token", "6:six", "--limits", "--burst")
    async with Sandbox(address(run(*options))) as sandbox:
        assert len(await sandbox.bots()) == 2
        limits = await sandbox.ask("GET", "limits")
    assert isinstance(limits, dict)
    assert (limits["enabled"], limits["private_burst"]) == (True, 3)


def test_a_taken_port_is_told_in_one_sentence(run: Run) -> None:
    """With what to do about it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = run("--port", str(port))
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert errors.count("\n") == 1
    assert f"cannot listen on 127.0.0.1:{port}" in errors
    assert "choose another port with --port" in errors


def test_a_wrong_token_is_told_in_one_sentence(run: Run) -> None:
    """With what a token looks like."""
    process = run("--token", "nonsense")
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert errors == (
        "onduty-sandbox: A bot token looks like 42:letters-and-digits, not like 'nonsense'.\n"
    )


async def test_bots_have_an_address_of_their_own_that_an_outage_closes(run: Run) -> None:
    """Printed as a second line; the control API goes on at the first."""
    process = run("--port", "0", "--bots-port", "0")
    url = address(process)
    assert process.stdout
    line = process.stdout.readline()
    assert line.startswith("bots are served at http://127.0.0.1:")
    who = f"{line.split()[-1]}/bot{DEMO_TOKEN}/getMe"
    async with Sandbox(url) as sandbox, ClientSession() as session:
        assert '"ok":true' in await _read(session, who)
        await sandbox.outage("refuse", 600)
        with pytest.raises(ClientConnectionError):
            await _read(session, who)
        await sandbox.clear_faults()
        assert '"ok":true' in await _read(session, who)


async def test_topics_can_be_on_from_the_start(run: Run, tmp_path: Path) -> None:
    """Of every bot, whatever an earlier run had kept."""
    state = str(tmp_path / "state.db")
    for options in ([], ["--topics"]):
        process = run("--port", "0", "--state", state, *options)
        async with Sandbox(address(process)) as sandbox:
            (bot,) = await sandbox.bots()
            assert bot["has_topics"] is ("--topics" in options)
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
