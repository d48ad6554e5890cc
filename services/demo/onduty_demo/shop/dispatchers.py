"""Stops and starts the demo's dispatchers, through its supervisor."""

import asyncio
from pathlib import Path
from typing import cast

from onduty_demo.plan import DISPATCHERS
from onduty_demo.supervise import ask


class Dispatchers:
    """The demo's dispatchers, as its supervisor knows them."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def running(self) -> dict[str, bool]:
        """Which of them is up."""
        answer = await asyncio.to_thread(ask, self._socket, "getAllProcessInfo")
        programs = cast("list[dict[str, str]]", answer)
        return {
            program["name"]: program["statename"] in ("STARTING", "RUNNING")
            for program in programs
            if program["name"] in DISPATCHERS
        }

    async def switch(self, name: str, *, on: bool) -> None:
        """Start it, or let it finish what is in flight and end; what is so already stays so."""
        if (await self.running()).get(name) != on:
            method = "startProcess" if on else "stopProcess"
            wait = False
            await asyncio.to_thread(ask, self._socket, method, name, wait)
