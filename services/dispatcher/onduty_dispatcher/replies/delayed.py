"""Sends operators' answers whose time has come: those that wait for ONDUTY_SEND_AFTER."""

import asyncio
from datetime import timedelta

from onduty_desk.process.outage import Outage
from onduty_desk.process.redis_away import PAUSE_S
from onduty_desk.replies.delaying import DelayedReplies

LOOK_EVERY = timedelta(seconds=5)
"""Only who missed the call for a new answer is late by it; an idle desk costs Redis little."""


class SendingDelayed:
    """One per process; of several that look at once one sends an answer."""

    def __init__(self, delayed: DelayedReplies, outage: Outage) -> None:
        self._delayed = delayed
        self._outage = outage
        self._something_new = asyncio.Event()

    def wake(self) -> None:
        """Look at once: there may be one that is due earlier."""
        self._something_new.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Send what is due until `stopping` is set; look when the next is, and now and then."""
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

    async def _look(self) -> timedelta:
        next_in, _, broken = await self._delayed.send_due()
        for error in broken:
            self._outage.report(error)
        return LOOK_EVERY if next_in is None else min(next_in, LOOK_EVERY)
