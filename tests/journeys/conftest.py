"""The whole desk as real processes, which a journey may kill and start again."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from onduty_desk.connection import connect
from onduty_desk.health import is_alive
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

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
        async with asyncio.timeout(15):
            return await self.process.wait()


class Desk:
    """Starts services and signs operators in."""

    def __init__(self, sandbox: Sandbox, environment: dict[str, str]) -> None:
        self.sandbox = sandbox
        self.environment = environment
        self._services: list[Service] = []

    async def start(self, *names: str, **more: str) -> list[Service]:
        """Start a process for each name, and wait until the first of each kind works.

        `more` is environment that only these have.
        """
        started = [
            Service(
                name,
                await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", SERVICES[name]),
                    env={**self.environment, **more},
                    stderr=sys.stderr,
                ),
            )
            for name in names
        ]
        self._services += started
        for name in names:
            await until(lambda name=name: self._is_alive(name))  # type: ignore[misc]
        return started

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
