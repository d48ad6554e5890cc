"""A send's place in the shared pace, and what becomes of one that missed it."""

import asyncio
from time import monotonic

from onduty_desk.phones.outbox import Outbox, Slot, Taken

MOST_SLOTS = 4
"""Missed one after the other: this machine is too busy, the phone is taken anew."""


class Slots:
    """Waits for the slots of one process; without a cap that can be met there are none to keep."""

    def __init__(self, outbox: Outbox, *, keeps_slots: bool) -> None:
        self._outbox = outbox
        self._keeps_slots = keeps_slots

    async def wait_for(self, taken: Taken) -> bool:
        """Wait for the slot, or another if this process was held up; False: none is soon."""
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
    """Sleep until a moment of `time.monotonic`."""
    await asyncio.sleep(max(0.0, moment - monotonic()))
