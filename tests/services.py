"""Our services as processes of their own, forked from one that has imported them before.

Their imports take longer than most of what a test does with them. What is forked shares nothing
with the test or with one another, ends by the same signals, and runs the same `main`; that
`python -m` finds it is seen where the program itself is tested.
"""

import asyncio
import multiprocessing
import os
import sys
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.process import BaseProcess
from pathlib import Path

from waiting import GENEROUS_S

MODULES = {"bot": "onduty_bot.__main__", "dispatcher": "onduty_dispatcher.__main__"}

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload([*MODULES.values()])


@dataclass
class Service:
    """One process."""

    name: str
    process: BaseProcess

    @property
    def returncode(self) -> int | None:
        """Its exit code; None as long as it runs."""
        return self.process.exitcode

    async def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        await self._wait()

    async def terminate(self) -> int:
        """Ask it to end; return its exit code."""
        self.process.terminate()
        async with asyncio.timeout(GENEROUS_S):
            return await self._wait()

    async def _wait(self) -> int:
        await asyncio.to_thread(self.process.join)
        assert self.process.exitcode is not None
        return self.process.exitcode


def start_service(name: str, environment: dict[str, str], log: Path) -> Service:
    """Start one that knows nothing but this environment, and logs there."""
    process = _FORKING.Process(target=_become, args=(MODULES[name], environment, log), daemon=True)
    process.start()
    return Service(name, process)


def _become(module: str, environment: dict[str, str], log: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as file:
        os.dup2(file.fileno(), sys.stderr.fileno())
    sys.argv = [module]
    sys.exit(import_module(module).main())
