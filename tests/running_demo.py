"""`make run` in a folder of its own on free ports, for whoever wants to look at it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from ports import free_port

READY_WITHIN_S = 200


@dataclass(frozen=True)
class RunningDemo:
    url: str
    redis_url: str
    phrase: str
    process: asyncio.subprocess.Process

    def kill(self, module: str) -> None:
        """Kill a program of it; its supervisor starts it again."""
        for child in self._running(module):
            child.kill()

    def count(self, module: str) -> int:
        """Count the processes of a program of it."""
        return len(self._running(module))

    def _running(self, module: str) -> list[psutil.Process]:
        found = []
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.Error):  # it has just ended
                if module in child.cmdline():
                    found.append(child)
        return found


@asynccontextmanager
async def running_demo(folder: Path, **settings: str) -> AsyncIterator[RunningDemo]:
    """Start it and wait until it says what to try; end it as Ctrl-C does."""
    ports = free_port(), free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "ONDUTY_BUTTONS_REST": "0",  # no second taps here
        "HOME": str(folder),
        "ONDUTY_DEMO_FOLDER": str(folder / "demo"),
        "ONDUTY_DEMO_REDIS_PORT": str(ports[0]),
        "ONDUTY_DEMO_SANDBOX_PORT": str(ports[1]),
        "ONDUTY_DEMO_WEBCHAT_PORT": str(free_port()),
        **settings,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "onduty_demo"),
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    reading = None
    try:
        said = await _said_until(process, "Ctrl-C ends everything")
        reading = asyncio.create_task(_read_on(process))
        phrase = said.partition("the secret phrase of today: ")[2].partition("\n")[0]
        redis_url = f"redis://127.0.0.1:{ports[0]}/0"
        yield RunningDemo(f"http://127.0.0.1:{ports[1]}", redis_url, phrase, process)
    finally:
        if process.returncode is None:
            process.terminate()
        if reading is not None:
            await reading
        await process.wait()


async def _said_until(process: asyncio.subprocess.Process, text: str) -> str:
    assert process.stdout
    said = ""
    async with asyncio.timeout(READY_WITHIN_S):
        while text not in said:
            line = await process.stdout.readline()
            assert line, said
            said += line.decode()
    return said


async def _read_on(process: asyncio.subprocess.Process) -> None:
    assert process.stdout
    while await process.stdout.readline():
        pass
