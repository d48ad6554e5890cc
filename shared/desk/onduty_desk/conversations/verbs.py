"""The buttons of a card: dispatchers send them, the bot receives the taps.

A button carries only its verb; that of a page also which one. The conversation is looked up by the
card's message id, and `tap.lua` decides at the tap whether it may be done.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
    """What a tap on a card's button asks for."""

    CLAIM = "claim"
    OPEN = "open"
    """Read it without taking it."""
    PAGE = "page"
    """Turn to a page of a look: `page:3:1` is the first part of the third."""
    BACK = "back"
    MENU = "menu"
    """Show what is done seldom; BACK ends it."""
    MAKE_URGENT = "make_urgent"
    MAKE_NORMAL = "make_normal"
    MAKE_LOW = "make_low"
    NOTE = "note"
    """Let the next text be a note, which does not go to the customer."""
    QUICK = "quick"
    """Show the group's quick replies."""
    MUTE = "mute"
    """Close it, and let its customer ring nobody."""
    DELEGATE = "delegate"
    """Ask to whom it is to be passed on."""
    ACCEPT = "accept"
    """Take what a colleague passes on, or the desk offers, or not."""
    DECLINE = "decline"
    TAKE_BACK = "take_back"
    """Not to pass it on, after all."""
    TAKE_OVER = "take_over"
    """Ask for a confirmation, see CONFIRM."""
    CONFIRM = "confirm"
    RELEASE = "release"
    CLOSE = "close"
    KEEP = "keep"
    """Still answering."""
    REOPEN = "reopen"


@dataclass(frozen=True)
class PageNumber:
    """A page of a look, and which of the Telegram messages that it fills."""

    page: int
    part: int = 1
    """From 1; 0 is the last."""

    @property
    def data(self) -> str:
        """The callback data of a button that turns to it."""
        return f"{Verb.PAGE}:{self.page}:{self.part}"


def read_data(data: str | None) -> tuple[Verb, PageNumber | None] | None:
    """Parse the callback data of a card's button; None if they have another form."""
    if page := _PAGE.fullmatch(data or ""):
        return Verb.PAGE, PageNumber(int(page[1]), int(page[2]))
    if data in set(Verb) - {Verb.PAGE}:
        return Verb(data), None
    return None


_PAGE = re.compile(rf"{Verb.PAGE}:([1-9][0-9]{{0,8}}):([0-9]{{1,4}})")
