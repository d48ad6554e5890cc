"""Writes what a look shows: a page of what both sides wrote, in parts of one Telegram message each.

A page has always the same messages, so its parts stay where they are when the customer writes on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from onduty import CustomerMessage, PriorityName
from onduty_desk.phones.view import View
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import short_name, without_commands
from onduty_dispatcher.cards import pieces
from onduty_dispatcher.cards.answered import answered
from onduty_dispatcher.cards.card import Card
from onduty_dispatcher.cards.noted import all_notes, hides_notes
from onduty_dispatcher.cards.parts import MOST_UNITS, ROOM_FOR_STATUS
from onduty_dispatcher.cards.pieces import Part, Piece
from onduty_dispatcher.cards.split import cut

_ROOM = MOST_UNITS - ROOM_FOR_STATUS - 1
_LEAST_OF_A_TEXT = 500
"""With less room left, a text that does not fit begins in the next part."""


@dataclass(frozen=True)
class Page:
    """The part of a page that is shown, and how many there are."""

    part: Part
    number: int
    """From 1."""
    parts: int


def hides_more(card: Card | Part, view: View) -> bool:
    """Whether a look shows more than the card does."""
    return card.hides or view.total > view.count or view.has_answers or hides_notes(view)


def write_page(  # noqa: PLR0913 - what it is written from, by name
    messages: Sequence[CustomerMessage],
    words: Words,
    *,
    status: Sequence[Piece],
    number: int,
    priority: PriorityName = "normal",
    now: datetime | None = None,
    answers: Sequence[tuple[str, str]] = (),
    notes: Sequence[tuple[str, str]] = (),
) -> Page:
    """Write a part of a page.

    Args:
        messages: those of the page, the oldest first; none if they have expired.
        words: the catalogue.
        status: the lines above the text, together at most `ROOM_FOR_STATUS`.
        priority: how urgent the conversation is.
        number: which part; 0, or more than there are, is the last.
        now: to write how old a message is.
        answers: what operators wrote there, see `View.answers`.
        notes: operators' notes, below the messages: who wrote each, and what.
    """
    if not messages:
        gone = pieces.line(words.gettext("… These messages are not kept any more."))
        return Page(pieces.join([*status, gone]), 1, 1)
    said = chain(_all_of(messages, answers, words, now), all_notes(notes, words))
    parts = list(_filled(said))
    at = min(number or len(parts), len(parts))
    head = [*(status or [_customer(messages[-1], words)]), *pieces.urgency(priority, words)]
    shown = map(pieces.unfolded, parts[at - 1])
    return Page(pieces.join([*head, *shown]), at, len(parts))


def _all_of(
    messages: Sequence[CustomerMessage],
    answers: Sequence[tuple[str, str]],
    words: Words,
    now: datetime | None,
) -> Iterator[Piece]:
    """Return what the messages say; a run of one author's ends with their name."""
    known = {message.id for message in messages}
    for behind, answer in answers:
        if behind not in known:  # that has expired
            yield from answered(answer, words)
    for at, message in enumerate(messages):
        yield from pieces.said(message)
        yield from pieces.facts(message, words, now)
        after = messages[at + 1] if at + 1 < len(messages) else None
        here = [answer for behind, answer in answers if behind == message.id]
        if here or after is None or _author(after) != _author(message):
            yield pieces.sender(message, words)
        for answer in here:
            yield from answered(answer, words)


def _filled(stream: Iterator[Piece]) -> Iterator[list[Piece]]:
    """Fill one part after the other; a text is cut where it must be."""
    part: list[Piece] = []
    for piece in stream:
        rest: Piece | None = piece
        while rest is not None:
            room = _ROOM - pieces.size(part) - bool(part)
            if pieces.size([rest]) <= room or not (part or rest.quote):
                part, rest = [*part, rest], None
                continue
            if rest.quote and not part:
                fits, rest = _cut(rest, room)
                part = [fits]
            elif rest.quote and room >= _LEAST_OF_A_TEXT:
                some, rest = pieces.cut_quote(rest, room)
                part = [*part, *([some] if some else [])]
            yield part
            part = []
    if part:
        yield part


def _cut(piece: Piece, room: int) -> tuple[Piece, Piece | None]:
    """Cut a text; where a link lies across the only place to cut, through that link."""
    fits, rest = pieces.cut_quote(piece, room)
    if fits:
        return fits, rest
    first, second = cut(piece.text, room)
    return pieces.quote(without_commands(first)), pieces.quote(without_commands(second))


def _author(message: CustomerMessage) -> tuple[str, str]:
    return message.customer_name, message.recipient


def _customer(message: CustomerMessage, words: Words) -> Piece:
    name = short_name(message.customer_name, words.gettext("Customer"))
    return pieces.named("{customer}", customer=name)
