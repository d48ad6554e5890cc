"""What the bot's loops name when Redis cannot now; `onduty_desk.redis_away` says what it is."""

from onduty_desk.outage import Outage
from onduty_desk.redis_away import CANNOT_NOW as REDIS_AWAY
from onduty_desk.redis_away import PAUSE_S

__all__ = ["PAUSE_S", "REDIS_AWAY", "Outage"]
