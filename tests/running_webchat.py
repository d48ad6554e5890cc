"""`examples/webchat` on a free port and a file of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from forked_webchat import PROGRAM
from onduty.testing import WEBHOOK_SECRET
from ports import free_port
from services import Forked
from waiting import until


class RunningWebChat:
    """The program at an address; it may be killed and started again.

    It is forked from a process that has its imports, which take longer than what a test asks it.
    """

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.url = f"http://127.0.0.1:{environment['WEBCHAT_PORT']}"
        self._environment = environment
        self._log = log
        self._process: Forked | None = None

    async def start(self) -> None:
        """Start it and wait until it says where customers write."""
        self._log.unlink(missing_ok=True)
        self._process = Forked("forked_webchat", self._environment, self._log)
        await until(self._has_said_where)

    async def kill(self) -> None:
        """End it as a crash would."""
        assert self._process
        self._process.kill()
        await self._process.wait()

    def _has_said_where(self) -> bool:
        assert self._process
        said = self._log.read_text() if self._log.exists() else ""
        assert self._process.returncode is None, said
        return said == f"Customers write at {self.url}/\n"


async def start_webchat(environment: dict[str, str]) -> asyncio.subprocess.Process:
    """Start the program as a person does; what it says is to be read."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, PROGRAM),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


def environment_of(redis_url: str, folder: Path, **settings: str) -> dict[str, str]:
    """What the program is told: nothing but this."""
    return {
        "PATH": os.environ["PATH"],
        "ONDUTY_REDIS_URL": redis_url,
        "ONDUTY_EVENTS_SECRET": WEBHOOK_SECRET,
        "WEBCHAT_PORT": str(free_port()),
        "WEBCHAT_FILE": str(folder / "webchat.db"),
        **settings,
    }


@asynccontextmanager
async def running_webchat(
    redis_url: str, folder: Path, **settings: str
) -> AsyncIterator[RunningWebChat]:
    """Run it until the block ends."""
    environment = environment_of(redis_url, folder, **settings)
    running = RunningWebChat(environment, folder / "webchat.log")
    await running.start()
    try:
        yield running
    finally:
        await running.kill()
