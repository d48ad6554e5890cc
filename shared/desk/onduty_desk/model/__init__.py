"""The schema: every key, field and word that Python and Lua share."""

from onduty_desk.model import bot_keys, keys, pace_keys
from onduty_desk.model.schema import KEYS

__all__ = ["KEYS", "bot_keys", "keys", "pace_keys"]
