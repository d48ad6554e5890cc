"""The rules of ringing and leases, as an argument of the scripts that apply them."""

import json
from dataclasses import dataclass
from datetime import timedelta

from onduty_desk.lua.durations import in_ms


@dataclass(frozen=True)
class Rules:
    """When a waiting conversation rings, and what an owner's lease is."""

    ring_every: timedelta = timedelta(seconds=60)
    """A follow-up to a waiting conversation rings if the last ring is older; 0 rings for each."""
    nudge_after: timedelta = timedelta(minutes=3)
    """An owner who does nothing is nudged after this time."""
    return_after: timedelta = timedelta(minutes=5)
    """The conversation waits again this long after the nudge."""
    last_owner_first: timedelta = timedelta(seconds=60)
    """A reopened conversation rings its last owner this long before the others."""
    buttons_rest: timedelta = timedelta(seconds=2)
    """A tap on a button that replaced another one is ignored for this time: it may have been meant
    for the button before."""

    @property
    def json(self) -> str:
        """The first argument of the scripts that need them."""
        return json.dumps(
            {
                "ring_ms": in_ms(self.ring_every),
                "nudge_ms": in_ms(self.nudge_after),
                "return_ms": in_ms(self.return_after),
                "first_ms": in_ms(self.last_owner_first),
                "thumb_ms": in_ms(self.buttons_rest),
            }
        )
