"""What the hour was like on one phone: what rang and why, and what is left in the chat."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bench.phones.chats import Bubble, Change
from bench.phones.ownership import CLOSED, Ownership
from onduty_desk.conversations.verbs import Verb

KINDS = ("new cards", "own follow-ups", "still waiting", "nudges", "notes", "others")

PANE_PX, COLUMNS = 524, 38
_LINE_PX, _FRAME_PX, _ROW_PX = 21, 34, 42
"""Of the sandbox's page: a line of text, what a bubble has around it, a row of buttons."""


@dataclass
class Phone:
    """One operator's hour."""

    rings: Counter[str] = field(default_factory=Counter)
    edits: int = 0
    edits_of_others: int = 0
    """Of bubbles about no customer, or about several: lists, the board."""
    deletions: int = 0
    left: int = 0
    left_open: int = 0
    left_short: int = 0
    left_long: int = 0
    screens: float = 0.0

    @property
    def left_otherwise(self) -> int:
        return self.left - self.left_open - self.left_short - self.left_long


def count(
    happened: Iterable[Change], ownership: Ownership, chats: Sequence[int], ended_at: float
) -> dict[int, Phone]:
    """Count what rang and changed until the hour ended, and what its chats show at the very end."""
    phones = {chat: Phone() for chat in chats}
    known: set[tuple[int, int | None]] = set()
    last: dict[tuple[int, int], Bubble] = {}
    for change in happened:
        bubble, phone = change.bubble, phones[change.bubble.chat]
        last[bubble.chat, bubble.message_id] = bubble
        if change.at > ended_at:
            continue
        if change.how == "sent" and bubble.rings:
            phone.rings[_kind(change, ownership, known)] += 1
        if change.how == "edited":
            phone.edits += 1
            phone.edits_of_others += bubble.customer is None
        phone.deletions += change.how == "deleted"
        if bubble.has_words:
            known.add((bubble.chat, bubble.customer))
    for bubble in last.values():
        if not bubble.is_deleted:
            _add_left(phones[bubble.chat], bubble, ownership, ended_at)
    return phones


def _kind(change: Change, ownership: Ownership, known: set[tuple[int, int | None]]) -> str:
    bubble = change.bubble
    if any(data.startswith(Verb.KEEP) for data in bubble.buttons):
        return "nudges"
    if bubble.customer is None:
        return "others"
    if not bubble.has_words:
        return "notes"
    if ownership.at(bubble.customer, change.at) == bubble.chat:
        return "own follow-ups"
    return "still waiting" if (bubble.chat, bubble.customer) in known else "new cards"


def _add_left(phone: Phone, bubble: Bubble, ownership: Ownership, at: float) -> None:
    phone.left += 1
    phone.screens += _height_px(bubble) / PANE_PX
    if bubble.customer is None:
        return
    is_closed = ownership.at(bubble.customer, at) == CLOSED
    phone.left_open += not is_closed
    phone.left_short += is_closed and bubble.lines <= 2
    phone.left_long += is_closed and bubble.lines > 2


def _height_px(bubble: Bubble) -> int:
    lines = sum(len(textwrap.wrap(line, COLUMNS)) or 1 for line in bubble.text.splitlines())
    return lines * _LINE_PX + _FRAME_PX + (_ROW_PX if bubble.buttons else 0)
