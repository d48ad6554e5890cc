"""Sends operators' answers whose time has come: those that wait for ONDUTY_SEND_AFTER."""

import asyncio
from datetime import timedelta

from onduty_desk.process.outage import Outage
from onduty_desk.replies.delaying import DelayedReplies
from onduty_dispatcher.replies.looking import Looking

LOOK_EVERY = timedelta(seconds=5)
"""Only who missed the call for a new answer is late by it; an idle desk costs Redis little."""


class SendingDelayed:
    """One per process; of several that look at once one sends an answer."""

    def __init__(self, delayed: DelayedReplies, outage: Outage) -> None:
        self._delayed = delayed
        self._outage = outage
        self._looking = Looking(self._look, outage)

    def wake(self) -> None:
        """Look at once: there may be one that is due earlier."""
        self._looking.wake()

    async def run(self, stopping: asyncio.Event) -> None:
        """Send what is due until `stopping` is set; look when the next is, and now and then."""
        await self._looking.run(stopping)

    async def _look(self) -> timedelta:
        next_in, _, broken = await self._delayed.send_due()
        for error in broken:
            self._outage.report(error)
        return LOOK_EVERY if next_in is None else min(next_in, LOOK_EVERY)
