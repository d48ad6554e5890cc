"""The schema: every key, field and word that Python and Lua share."""

from onduty_desk.model import (
    bot_keys,
    delay_keys,
    event_keys,
    keys,
    note_keys,
    pace_keys,
    phone_keys,
    roster_keys,
    trace_keys,
)
from onduty_desk.model.schema import KEYS
from onduty_desk.model.words import WORDS

__all__ = [
    "KEYS",
    "WORDS",
    "bot_keys",
    "delay_keys",
    "event_keys",
    "keys",
    "note_keys",
    "pace_keys",
    "phone_keys",
    "roster_keys",
    "trace_keys",
]
