"""`make run` in a folder of its own on free ports, for whoever wants to look at it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from aiohttp import ClientSession

from bare import BARE
from ports import free_port
from waiting import until

READY_WITHIN_S = 200


@dataclass
class RunningDemo:
    url: str
    redis_url: str
    phrase: str
    process: subprocess.Popen[bytes]
    is_new: bool = True

    async def begin_anew(self) -> None:
        """Undo what was done with it, as "Start again" on its page does."""
        if not self.is_new:
            async with ClientSession(f"{self.url}/backend/", raise_for_status=True) as session:
                async with session.post("again") as answer:
                    begun = await answer.json()
                await until(lambda: _is_done(session, begun["number"]))
        self.is_new = False

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


async def _is_done(session: ClientSession, number: int) -> bool:
    async with session.get("state") as answer:
        under_way = (await answer.json())["under_way"]
    assert under_way["number"] == number
    assert under_way["failed"] is None, under_way["failed"]
    return under_way["what"] is None


@contextmanager
def running_demo(folder: Path, **settings: str) -> Iterator[RunningDemo]:
    """Start it and wait until it says what to try; end it as Ctrl-C does."""
    ports = free_port(), free_port()
    environment = {
        **BARE,
        "ONDUTY_BUTTONS_REST": "0",  # no second taps here
        "HOME": str(folder),
        "ONDUTY_DEMO_FOLDER": str(folder / "demo"),
        "ONDUTY_DEMO_REDIS_PORT": str(ports[0]),
        "ONDUTY_DEMO_SANDBOX_PORT": str(ports[1]),
        "ONDUTY_DEMO_WEBCHAT_PORT": str(free_port()),
        **settings,
    }
    output = folder / "demo.out"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "onduty_demo"],
            cwd=folder,
            env=environment,
            stdout=file,
            stderr=file,
        )
    try:
        said = _said_until(process, output, "Ctrl-C ends everything")
        phrase = said.partition("the secret phrase of today: ")[2].partition("\n")[0]
        redis_url = f"redis://127.0.0.1:{ports[0]}/0"
        yield RunningDemo(f"http://127.0.0.1:{ports[1]}", redis_url, phrase, process)
    finally:
        process.terminate()
        process.wait()


def _said_until(process: subprocess.Popen[bytes], output: Path, text: str) -> str:
    deadline = time.monotonic() + READY_WITHIN_S
    while text not in (said := output.read_text()):
        assert process.poll() is None, said
        assert time.monotonic() < deadline, said
        time.sleep(0.1)
    return said
