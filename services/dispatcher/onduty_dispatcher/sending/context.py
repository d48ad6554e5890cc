"""The objects that the steps of one process use."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from onduty_desk.phones.outbox import Outbox
from onduty_desk.process.outage import Outage
from onduty_desk.roster.operators import Roster
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.reachability import Reachability
from onduty_desk.topics.topics import Topics
from onduty_dispatcher.sending.slots import Slots


@dataclass(frozen=True)
class StepContext:
    """Passed to every step."""

    outbox: Outbox
    slots: Slots
    bot: Bot
    roster: Roster
    reachability: Reachability
    outage: Outage
    is_paid: bool
    """Whether broadcasts above 30 a second are paid for (Bot API, `allow_paid_broadcast`)."""
    topics: Topics
    zone: ZoneInfo
    """Of the times of day that operators read."""
