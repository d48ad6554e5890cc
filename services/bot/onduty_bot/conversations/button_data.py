"""The buttons below the bot's own answers, and their callback data: a verb and a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message

from onduty_desk.boards.buttons import BOARD_BACK, BOARD_MINE, BOARD_QUEUE
from onduty_desk.conversations.verbs import Verb

MORE = "more"
RELEASE_ALL = "release_all"
DELEGATE_TO = "hand_to"  # buttons that are on phones already have this spelling
CLOSE_ROW = "close_row"
SHOW = "show"
FOUND = "found"
COLLEAGUES = "pass_page"
TO_COLLEAGUE = "pass_to"
GROUPS = "pass_groups"
TO_GROUP = "pass_group"
NO_REASON = "pass_silently"
NOT_ON = "pass_cancel"
ASK_PRIORITY = "ask_priority"
PRIORITY = "priority"
"""An admin chooses how urgent a customer is."""
ANSWER_OVER = "answer_over"
ANSWER_REOPEN = "answer_reopen"
ANSWER_TO = "answer_to"
ANSWER_AGAIN = "answer_again"
ANSWER_UNDO = "answer_undo"
NOTE_CANCEL = "note_cancel"
NOTE_SEND = "note_send"
QUICK_SHOW = "quick_show"
QUICK_SEND = "quick_send"
QUICK_BACK = "quick_back"
UNMUTE = "unmute"

VERBS = frozenset(
    {
        *map(str, Verb),
        MORE,
        RELEASE_ALL,
        DELEGATE_TO,
        CLOSE_ROW,
        SHOW,
        FOUND,
        COLLEAGUES,
        TO_COLLEAGUE,
        GROUPS,
        TO_GROUP,
        NO_REASON,
        NOT_ON,
        ASK_PRIORITY,
        PRIORITY,
        ANSWER_OVER,
        ANSWER_REOPEN,
        ANSWER_TO,
        ANSWER_AGAIN,
        ANSWER_UNDO,
        NOTE_CANCEL,
        NOTE_SEND,
        QUICK_SHOW,
        QUICK_SEND,
        QUICK_BACK,
        UNMUTE,
        BOARD_MINE,
        BOARD_QUEUE,
        BOARD_BACK,
        "queue",
        "mine",
    }
)
"""The callback data of all our buttons, those of cards included, without the number."""

Row = Sequence[tuple[str, str]]
"""Texts of buttons, and their callback data."""


def keyboard(*rows: Row) -> InlineKeyboardMarkup | None:
    """Return the buttons row by row; None if there are none."""
    filled = [
        [InlineKeyboardButton(text, callback_data=data) for text, data in row] for row in rows
    ]
    filled = [row for row in filled if row]
    return InlineKeyboardMarkup(filled) if filled else None


@dataclass(frozen=True)
class ButtonData:
    """The callback data of such a button: `queue:2`."""

    verb: str
    number: int

    @classmethod
    def read(cls, data: str | None) -> Self | None:
        """Parse callback data; None if they have another form."""
        verb, colon, number = (data or "").partition(":")
        is_number = number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS
        return cls(verb, int(number)) if colon and is_number else None


_ABOUT_ITS_NUMBER = frozenset({ANSWER_OVER, ANSWER_REOPEN, ANSWER_AGAIN, ANSWER_UNDO, NOTE_SEND})
"""Buttons that carry the operator's own message which the bot speaks of."""


def spoken_of(said: Message | None) -> int:
    """Return the operator's message which a message of the bot is about; 0 if it has no button."""
    markup = said.reply_markup if said else None
    found = (
        ButtonData.read(button.callback_data if isinstance(button.callback_data, str) else None)
        for row in (markup.inline_keyboard if markup else ())
        for button in row
    )
    numbers = [one.number for one in found if one and one.verb in _ABOUT_ITS_NUMBER]
    return numbers[0] if numbers else 0


_MOST_DIGITS = 16
"""Telegram's ids have up to 52 bits."""
