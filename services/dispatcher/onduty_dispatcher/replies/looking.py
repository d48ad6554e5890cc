"""Looks for what is due about answers: when the next is, and at once when called."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from onduty_desk.process.outage import Outage
from onduty_desk.process.redis_away import PAUSE_S


class Looking:
    """`look` does what is due and returns when to look next; while Redis is away it is retried."""

    def __init__(self, look: Callable[[], Awaitable[timedelta]], outage: Outage) -> None:
        self._look = look
        self._outage = outage
        self._something_new = asyncio.Event()

    def wake(self) -> None:
        """Look at once."""
        self._something_new.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Look again and again until `stopping` is set."""
        stop_requested = asyncio.create_task(stopping.wait())
        try:
            while not stopping.is_set():
                self._something_new.clear()
                pause = timedelta(seconds=PAUSE_S)
                with self._outage.reported():
                    pause = await self._look()
                something_new = asyncio.create_task(self._something_new.wait())
                try:
                    await asyncio.wait(
                        {stop_requested, something_new},
                        timeout=pause.total_seconds(),
                        return_when=asyncio.FIRST_COMPLETED,
                    )
                finally:
                    something_new.cancel()
        finally:
            stop_requested.cancel()
