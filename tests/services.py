"""Our services as processes of their own, forked from one that has imported them before.

Their imports take longer than most of what a test does with them. What is forked shares nothing
with the test or with one another, ends by the same signals, and runs the same `main`; that
`python -m` finds it is seen where the program itself is tested.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from multiprocessing.forkserver import ensure_running
from pathlib import Path
from unittest.mock import patch

from waiting import GENEROUS_S

MODULES = {"bot": "onduty_bot.__main__", "dispatcher": "onduty_dispatcher.__main__"}

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["preloaded"])


class Forked:
    """One process; what may be asked of it is what may be asked of one of asyncio's."""

    def __init__(self, module: str, environment: dict[str, str], log: Path) -> None:
        _begin_forking()
        self._process = _FORKING.Process(
            target=_become, args=(module, environment, log), daemon=True
        )
        self._process.start()
        self._ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._process.sentinel, self._note_end)

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit code; None as long as it runs."""
        return self._process.exitcode

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.kill()

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def send_signal(self, number: signal.Signals) -> None:
        """Send it, unless it has ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    async def wait(self) -> int:
        """Return its exit code when it has ended."""
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode

    def _note_end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._ended.set()


@dataclass
class Service:
    """One process, by the name of its service."""

    name: str
    process: Forked

    @property
    def returncode(self) -> int | None:
        """Its exit code; None as long as it runs."""
        return self.process.returncode

    async def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        await self.process.wait()

    async def terminate(self) -> int:
        """Ask it to end; return its exit code."""
        self.process.terminate()
        async with asyncio.timeout(GENEROUS_S):
            return await self.process.wait()


def start_service(name: str, environment: dict[str, str], log: Path) -> Service:
    """Start one that knows nothing but this environment, and logs there."""
    return Service(name, Forked(MODULES[name], environment, log))


@cache
def _begin_forking() -> None:
    with patch.dict(
        os.environ, PYTHONPATH=str(Path(__file__).parent)
    ):  # it finds `preloaded` there
        ensure_running()


def _become(module: str, environment: dict[str, str], log: Path) -> None:
    os.setsid()  # Ctrl-C is for those who started it
    os.chdir("/")  # no .env here
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    sys.argv = [module]
    sys.exit(import_module(module).main())
