"""The buttons of a card: dispatchers send them, the bot receives the taps.

A button carries only its verb. The conversation is looked up by the card's message id, and
`tap.lua` decides at the tap whether it may be done.
"""

from enum import StrEnum


class Verb(StrEnum):
    """What a tap on a card's button asks for."""

    CLAIM = "claim"
    OPEN = "open"
    """Read it without taking it."""
    BACK = "back"
    TAKE_OVER = "take_over"
    """Ask for a confirmation, see CONFIRM."""
    CONFIRM = "confirm"
    RELEASE = "release"
    CLOSE = "close"
    KEEP = "keep"
    """Still answering."""
    REOPEN = "reopen"
