"""A bot and a dispatcher that a real Prometheus can scrape."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ports import free_port
from services import Service, start_service


class Processes:
    """One of each service, with a port of its own for metrics."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.environment = environment
        self.ports = {"bot": free_port(), "dispatcher": free_port()}
        self._log = log
        self._running: dict[str, Service] = {}

    def start(self, *names: str) -> None:
        """Start these; by the same port as before."""
        for name in names:
            port = {"ONDUTY_METRICS_PORT": str(self.ports[name])}
            self._running[name] = start_service(name, self.environment | port, self._log)

    async def terminate(self, name: str) -> None:
        """Ask it to end."""
        assert await self._running.pop(name).terminate() == 0

    async def kill(self) -> None:
        """End whatever still runs, as a crash would."""
        for service in self._running.values():
            await service.kill()


@pytest.fixture
async def processes(
    service_environment: dict[str, str], tmp_path: Path
) -> AsyncIterator[Processes]:
    """None of them runs yet; whatever is left at the end is killed."""
    processes = Processes(service_environment, tmp_path / "desk.log")
    yield processes
    await processes.kill()


@pytest.fixture
def program() -> str:
    """Prometheus itself, of Debian's package."""
    program = shutil.which("prometheus")
    if program is None and os.environ.get("CI") != "true":
        pytest.skip("prometheus is not installed: no real one has scraped")
    assert program, "CI must have prometheus: .ci/run installs it"
    return program
