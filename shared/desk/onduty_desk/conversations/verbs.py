"""The buttons of a card: dispatchers put them there, the bot hears the taps.

A button carries nothing but its verb. What it is about is looked up by the message it stands on,
and whether it may be done is decided anew by `scripts/tap.lua`.
"""

from enum import StrEnum


class Verb(StrEnum):
    """What a tap on a card's button asks for."""

    CLAIM = "claim"
    OPEN = "open"
    """Read it without taking it."""
    BACK = "back"
    TAKE_OVER = "take_over"
    """Ask whether to, see CONFIRM."""
    CONFIRM = "confirm"
    RELEASE = "release"
    CLOSE = "close"
    KEEP = "keep"
    """Still answering."""
    REOPEN = "reopen"
