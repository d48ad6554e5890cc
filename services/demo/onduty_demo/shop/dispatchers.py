"""Stops and starts the demo's dispatchers, through its supervisor."""

import asyncio
from pathlib import Path
from typing import cast

from onduty_demo.starting.plan import DISPATCHERS
from onduty_demo.starting.supervise import ask


class Dispatchers:
    """The demo's dispatchers, as its supervisor knows them."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def running(self) -> dict[str, bool]:
        """Which of them is up."""
        states = await self._states()
        return {name: state in ("STARTING", "RUNNING") for name, state in states.items()}

    async def switch(self, name: str, *, on: bool) -> None:
        """Start it, or let it finish what is in flight and end; what is so already stays so."""
        if on:
            while (await self._states())[name] == "STOPPING":  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)
        if (await self.running())[name] != on:
            method = "startProcess" if on else "stopProcess"
            wait = False
            await asyncio.to_thread(ask, self._socket, method, name, wait)

    async def _states(self) -> dict[str, str]:
        answer = await asyncio.to_thread(ask, self._socket, "getAllProcessInfo")
        programs = cast("list[dict[str, str]]", answer)
        return {
            program["name"]: program["statename"]
            for program in programs
            if program["name"] in DISPATCHERS
        }
