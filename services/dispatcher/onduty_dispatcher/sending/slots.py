"""Waits for a send's slot of the pace, and gets another one if it was missed."""

import asyncio
from time import monotonic

from onduty_desk.phones.outbox import Outbox, Slot, Taken

MOST_SLOTS = 4
"""After so many missed slots this machine is too busy, and the phone is released."""


class Slots:
    """Waits for the slots of one process; with a cap that cannot be reached, nothing waits."""

    def __init__(self, outbox: Outbox, *, keeps_slots: bool) -> None:
        self._outbox = outbox
        self._keeps_slots = keeps_slots

    async def wait_for(self, taken: Taken) -> bool:
        """Wait for the slot, or another one if it was missed; False if none is free soon."""
        if not self._keeps_slots:
            return True
        slot: Slot | None = taken.slot
        for _ in range(MOST_SLOTS):
            if slot is None:
                return False
            await until(slot.begins_at)
            if monotonic() <= slot.is_missed_at:
                return True
            slot = await self._outbox.slot_again(taken)
        return False


async def until(moment: float) -> None:
    """Sleep until a time of `time.monotonic`."""
    await asyncio.sleep(max(0.0, moment - monotonic()))
