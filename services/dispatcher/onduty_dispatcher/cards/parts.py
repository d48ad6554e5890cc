"""Splits a long message into up to three Telegram messages; the last one ends with the tail.

Lines of ours are never cut. If there is not enough room, the customer's text is cut before a detail
or a file is left out.
"""

from collections.abc import Sequence

from onduty import CustomerMessage
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import short_name
from onduty_dispatcher.cards.pieces import (
    Part,
    Piece,
    continued,
    cut_quote,
    join,
    left_out,
    line,
    size,
)
from onduty_dispatcher.cards.split import units

MOST_UNITS = 4096
"""Bot API, sendMessage: text is 1 to 4096 characters after entities are parsed."""

MOST_PARTS = 3
ROOM_FOR_STATUS = 340
"""Reserved in the message with the buttons where there are several messages, or several customers'
messages in it: its status lines grow when it is claimed."""

_ROOM_FOR_LINE = 60
"""What stands beside the customer's name in the first line of its owner's card."""

_SHORT_SHARE = 4
"""A last part with less than such a share of a message is made longer."""

_ROOM_FOR_NUMBER = 6  # the end of a line, "1/3", and the short mark
_LEAST_OF_WORDS = 1_000


def room_for_owner(message: CustomerMessage, words: Words) -> int:
    """Return what a card that is one message needs to stay whole when it is claimed."""
    return units(short_name(message.customer_name, words.gettext("Customer"))) + _ROOM_FOR_LINE


def in_one_part(  # noqa: PLR0913, PLR0917 - what stands on a card, from above
    head: Sequence[Piece],
    said: Sequence[Piece],
    facts: Sequence[Piece],
    tail: Sequence[Piece],
    message: CustomerMessage,
    words: Words,
) -> Part:
    """Return one message, in which the customer's text is cut for the lines above it."""
    room = MOST_UNITS - size(tail) - 1
    notice = continued(message, words, room // 2)
    (part,) = _shortened(head, said, facts, notice, (room,), words)
    return join([*part, *tail], hides=True)


def over_parts(  # noqa: PLR0913, PLR0917 - what stands on a card, from above
    head: Sequence[Piece],
    said: Sequence[Piece],
    facts: Sequence[Piece],
    tail: Sequence[Piece],
    message: CustomerMessage,
    words: Words,
) -> tuple[Part, ...]:
    """Return one to three messages."""
    room = MOST_UNITS - _ROOM_FOR_NUMBER
    last_room = room - ROOM_FOR_STATUS - size(tail) - 1
    whole = [*head, *said, *facts]
    parts = _whole(whole, room, last_room)
    if parts is not None and size(parts[-1]) < room // _SHORT_SHARE:
        even = _whole(whole, size(whole) // len(parts) + room // 10, last_room)
        parts = even if even is not None and len(even) <= len(parts) else parts
    is_cut = parts is None
    if parts is None:
        notice = continued(message, words, last_room // 2)
        parts = _shortened(head, said, facts, notice, (room, room, last_room), words)
    *others, last = parts
    numbered = [*others, [*last, *tail]]
    return tuple(
        join([*part, line(f"{number}/{len(numbered)}")], hides=is_cut)
        for number, part in enumerate(numbered, 1)
    )


def _whole(pieces: Sequence[Piece], room: int, last_room: int) -> list[list[Piece]] | None:
    """Fill the parts one after the other; None if the pieces do not fit."""
    parts: list[list[Piece]] = []
    rest = list(pieces)
    while rest and len(parts) < MOST_PARTS - 1:
        part, rest = _filled(rest, room)
        if not part:
            return None
        parts.append(part)
    if rest or not parts or size(parts[-1]) > last_room:
        parts.append(rest)
    return parts if size(rest) <= last_room else None


def _filled(pieces: Sequence[Piece], room: int) -> tuple[list[Piece], list[Piece]]:
    filled: list[Piece] = []
    for at, piece in enumerate(pieces):
        if size([*filled, piece]) <= room:
            filled.append(piece)
            continue
        fits, rest = None, piece
        if piece.quote:
            fits, cut_off = cut_quote(piece, room - size(filled) - bool(filled))
            rest = cut_off or piece
        return filled + ([fits] if fits else []), [rest, *pieces[at + 1 :]]
    return filled, []


def _shortened(  # noqa: PLR0913, PLR0917 - what stands on a card, from above
    head: Sequence[Piece],
    said: Sequence[Piece],
    facts: Sequence[Piece],
    notice: Piece,
    rooms: tuple[int, ...],
    words: Words,
) -> list[list[Piece]]:
    """Place the facts from the end, and cut the customer's text to the remaining room."""
    for left in range(len(facts) + 1):
        kept = [*facts[: len(facts) - left], *([left_out(left, words)] if left else [])]
        places = _from_the_end(kept, rooms)
        parts = places and _with_words(head, said, places, notice, rooms)
        if parts:
            return parts
    raise AssertionError("a card has room for its tail and some text")


def _from_the_end(facts: Sequence[Piece], rooms: Sequence[int]) -> list[list[Piece]] | None:
    places: list[list[Piece]] = [[] for _ in rooms]
    rest = list(facts)
    for place, room in zip(reversed(places), reversed(rooms), strict=True):
        while rest and size([rest[-1], *place]) <= room:
            place.insert(0, rest.pop())
    return None if rest else places


def _with_words(
    head: Sequence[Piece],
    said: Sequence[Piece],
    places: Sequence[Sequence[Piece]],
    notice: Piece,
    rooms: Sequence[int],
) -> list[list[Piece]] | None:
    """Put the customer's text before the facts; None if there is too little room for it."""
    first = next((at for at, facts in enumerate(places) if facts), len(rooms) - 1)
    free = [*rooms[:first], rooms[first] - size([notice, *places[first]]) - 1]
    least = min(_LEAST_OF_WORDS, size(said))
    if free[-1] < 0 or sum(free) - size(head) - 2 < least:
        return None
    parts: list[list[Piece]] = []
    above, rest = list(head), said[0] if said else None
    for room in free[:-1]:
        if rest is None:
            break
        fits, rest = cut_quote(rest, room - size(above) - bool(above))
        parts.append([*above, *([fits] if fits else [])])
        above = []
    if rest is not None:
        fits, rest = cut_quote(rest, free[-1] - size(above) - bool(above))
        above += [fits] if fits else []
    return [
        *parts,
        [*above, *([notice] if rest else []), *places[first]],
        *(list(facts) for facts in places[first + 1 :]),
    ]
