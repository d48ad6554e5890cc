"""`examples/webchat` as a person starts it, on a free port and a file of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from onduty.testing import WEBHOOK_SECRET
from ports import free_port

PROGRAM = Path(__file__).parents[1] / "examples" / "webchat" / "webchat.py"


class RunningWebChat:
    """The program at an address; it may be killed and started again."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.url = f"http://127.0.0.1:{environment['WEBCHAT_PORT']}"
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it says where customers write."""
        self._process = await start_webchat(self._environment)
        assert self._process.stdout
        said = await self._process.stdout.readline()
        assert said.decode() == f"Customers write at {self.url}/\n"

    async def kill(self) -> None:
        """End it as a crash would."""
        assert self._process
        self._process.kill()
        await self._process.communicate()  # what it has said meanwhile


async def start_webchat(environment: dict[str, str]) -> asyncio.subprocess.Process:
    """Start the program; what it says is to be read."""
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
    running = RunningWebChat(environment_of(redis_url, folder, **settings))
    await running.start()
    try:
        yield running
    finally:
        await running.kill()
