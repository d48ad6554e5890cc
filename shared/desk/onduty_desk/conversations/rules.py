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
    """An owner of whom the customer hears nothing is nudged after this time."""
    nudge_at_most: timedelta = timedelta(minutes=30)
    """Each "Still answering" doubles the time until the next nudge, up to this."""
    return_after: timedelta = timedelta(minutes=5)
    """The conversation waits again this long after the nudge."""
    close_idle_after: timedelta = timedelta(days=1)
    """An answered conversation without a word for this time closes itself; 0: never."""
    owner_ring_every: timedelta = timedelta(seconds=30)
    """A follow-up rings its owner if the last ring is older, or if it is urgent."""
    release_delay: timedelta = timedelta(seconds=10)
    """What an operator releases rings the others after this time; 0: at once."""
    last_owner_first: timedelta = timedelta(seconds=60)
    """A reopened conversation rings its last owner this long before the others."""
    buttons_rest: timedelta = timedelta(seconds=2)
    """A tap on a button that replaced another one is ignored for this time: it may have been meant
    for the button before."""

    send_after: timedelta = timedelta(0)
    """Answers are sent so long after they were written, and can be taken back until then."""

    topics: bool = False
    """Whoever claims a conversation gets a topic for it, if the bot has topics."""

    @property
    def json(self) -> str:
        """The first argument of the scripts that need them."""
        return json.dumps(
            {
                "ring_ms": in_ms(self.ring_every),
                "nudge_ms": in_ms(self.nudge_after),
                "longest_nudge_ms": in_ms(max(self.nudge_after, self.nudge_at_most)),
                "return_ms": in_ms(self.return_after),
                "close_idle_ms": in_ms(self.close_idle_after),
                "owner_ring_ms": in_ms(self.owner_ring_every),
                "release_ms": in_ms(self.release_delay),
                "first_ms": in_ms(self.last_owner_first),
                "thumb_ms": in_ms(self.buttons_rest),
                "send_after_ms": in_ms(self.send_after),
                "topics": self.topics,
            }
        )
