"""The whole desk as real processes, which a journey may kill and start again."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - pytest reads it

import pytest

from onduty_desk.process.connection import connect
from onduty_desk.process.health import is_alive
from onduty_sandbox.client import Phone, Sandbox
from waiting import GENEROUS_S, until

SERVICES = {"bot": "onduty_bot", "dispatcher": "onduty_dispatcher"}
PHRASE = "open sesame"


@dataclass
class Service:
    """One process."""

    name: str
    process: asyncio.subprocess.Process

    async def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        await self.process.wait()

    async def terminate(self) -> int:
        """Ask it to end; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(GENEROUS_S):
            return await self.process.wait()


class Desk:
    """Starts services and signs operators in."""

    def __init__(self, sandbox: Sandbox, environment: dict[str, str]) -> None:
        self.sandbox = sandbox
        self.environment = environment
        self.log: Path | None = None
        """Where services write what they log; without it, where the test does."""
        self._services: list[Service] = []

    async def start(self, *names: str, **more: str) -> list[Service]:
        """Start a process for each name, and wait until the first of each kind works.

        `more` is environment that only these have.
        """
        started = await self.begin(*names, **more)
        for name in names:
            await until(lambda name=name: self._is_alive(name))  # type: ignore[misc]
        return started

    async def begin(self, *names: str, **more: str) -> list[Service]:
        """Start a process for each name; it may be that none can work yet."""
        started = []
        for name in names:
            with self.log.open("ab") if self.log else nullcontext(sys.stderr) as log:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", SERVICES[name]),
                    env={**self.environment, **more},
                    stderr=log,
                )
            started.append(Service(name, process))
        self._services += started
        return started

    def logged(self, *events: str) -> list[str]:
        """Return which of these events the services have logged."""
        lines = self.log.read_text().splitlines() if self.log else []
        told = [json.loads(line)["event"] for line in lines if line.startswith("{")]
        return [event for event in told if event in events]

    async def _is_alive(self, name: str) -> bool:
        async with connect(self.environment["ONDUTY_REDIS_URL"]) as redis:
            return await is_alive(redis, name)

    async def end(self) -> None:
        """End whatever still runs."""
        for service in self._services:
            if service.process.returncode is None:
                await service.kill()

    async def operator(self, user_id: int, name: str, language_code: str = "en") -> Phone:
        """Return the phone of somebody who has signed in."""
        phone = await self.sandbox.add_user(user_id, name, language_code=language_code)
        await phone.send("/on")
        await phone.wait_for("Enter team secret phrase:")
        await phone.send(PHRASE)
        await phone.wait_for("You've started receiving messages")
        return phone


@pytest.fixture
async def desk(sandbox: Sandbox, service_environment: dict[str, str]) -> AsyncIterator[Desk]:
    desk = Desk(sandbox, {**service_environment, "ONDUTY_TEAM_SECRET": PHRASE})
    yield desk
    await desk.end()
