"""The whole desk as real processes, which a journey may kill and start again."""

import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from onduty_desk.process.connection import connect
from onduty_desk.process.judging import is_alive
from onduty_sandbox.client import Phone, Sandbox
from services import Service, start_service
from waiting import until

PHRASE = "open sesame"


class Desk:
    """Starts services and signs operators in."""

    def __init__(self, sandbox: Sandbox, environment: dict[str, str], log: Path) -> None:
        self.sandbox = sandbox
        self.environment = environment
        self.log = log
        """Where services write what they log."""
        self._services: list[Service] = []

    async def start(self, *names: str, **more: str) -> list[Service]:
        """Start a process for each name, and wait until the first of each kind works.

        `more` is environment that only these have.
        """
        started = self.begin(*names, **more)
        for name in names:
            await until(lambda name=name: self.is_alive(name))  # type: ignore[misc]
        return started

    def begin(self, *names: str, **more: str) -> list[Service]:
        """Start a process for each name; it may be that none can work yet."""
        environment = {**self.environment, **more}
        started = [start_service(name, environment, self.log) for name in names]
        self._services += started
        return started

    def logged(self, *events: str) -> list[str]:
        """Return which of these events the services have logged."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        told = [json.loads(line)["event"] for line in lines if line.startswith("{")]
        return [event for event in told if event in events]

    async def is_alive(self, name: str) -> bool:
        """Say whether such a service works."""
        async with connect(self.environment["ONDUTY_REDIS_URL"]) as redis:
            return await is_alive(redis, name)

    async def end(self) -> None:
        """End whatever still runs."""
        for service in self._services:
            if service.returncode is None:
                await service.kill()

    async def operator(
        self, user_id: int, name: str, language_code: str = "en", *, has_board: bool = True
    ) -> Phone:
        """Return the phone of somebody who has signed in, with their board if one is sent."""
        phone = await self.sandbox.add_user(user_id, name, language_code=language_code)
        await phone.send("/on")
        await phone.wait_for("Enter team secret phrase:")
        await phone.send(PHRASE)
        await phone.wait_for("You've started receiving messages")
        if has_board and await self.is_alive("dispatcher"):
            await until(partial(_shows_its_board, phone))
        return phone


async def _shows_its_board(phone: Phone) -> bool:
    """Whether the board is pinned and its bubble gone: no fault of a test hits either."""
    bubbles = [m.deleted for m in await phone.messages() if m.pins is not None]
    return len(await phone.pinned()) == 1 and bubbles == [True]


@pytest.fixture
async def desk(
    sandbox: Sandbox, service_environment: dict[str, str], tmp_path: Path
) -> AsyncIterator[Desk]:
    environment = {**service_environment, "ONDUTY_TEAM_SECRET": PHRASE}
    desk = Desk(sandbox, environment, tmp_path / "services.log")
    yield desk
    await desk.end()
