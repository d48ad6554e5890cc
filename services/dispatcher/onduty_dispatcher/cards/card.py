"""Writes cards: customer messages in, Telegram messages out, without side effects.

Everything from outside is escaped, and the customer's text is a block quote, so that it cannot look
like a line of ours.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from onduty import CustomerMessage, PriorityName
from onduty_desk.texts import Words
from onduty_dispatcher.cards import pieces
from onduty_dispatcher.cards.parts import (
    MOST_UNITS,
    ROOM_FOR_STATUS,
    in_one_part,
    over_parts,
    room_for_owner,
)
from onduty_dispatcher.cards.pieces import Part, Piece
from onduty_dispatcher.cards.split import units


@dataclass(frozen=True)
class Card:
    """The Telegram messages that show the first `shown` of the messages it was made from."""

    parts: tuple[Part, ...]
    shown: int

    @property
    def hides(self) -> bool:
        """Whether something of the messages that it shows is not in it."""
        return any(part.hides for part in self.parts)


def write_card(  # noqa: PLR0913 - what it is written from, by name
    messages: Sequence[CustomerMessage],
    words: Words,
    *,
    priority: PriorityName = "normal",
    unknown_group: str = "",
    status: Sequence[Piece] = (),
    now: datetime | None = None,
) -> Card:
    """Write the card of as many of a conversation's messages as fit into one Telegram message.

    The first is always shown; if it is longer, alone and in up to three parts, and what does not
    fit is cut, with the link. Messages of another sender, or with another link, get a card of their
    own. With `now`, the card says how old a message is.
    """
    first = messages[0]
    head = pieces.head(words, unknown_group=unknown_group, status=status, priority=priority)
    tail = pieces.tail(first, words)
    said, facts = pieces.said(first), pieces.facts(first, words, now)
    written = [*head, *said, *facts]
    room = MOST_UNITS - pieces.size(tail) - 1
    if pieces.size(written) > room - room_for_owner(first, words):
        return Card(over_parts(head, said, facts, tail, first, words), shown=1)
    shown = 1
    for message in messages[1:]:
        more = [*written, *pieces.said(message), *pieces.facts(message, words, now)]
        if not _same_foot(first, message) or pieces.size(more) > room - ROOM_FOR_STATUS:
            break
        written, shown = more, shown + 1
    return Card((pieces.join([*written, *tail]),), shown)


def write_current_card(  # noqa: PLR0913 - what it is written from, by name
    messages: Sequence[CustomerMessage],
    words: Words,
    *,
    status: Sequence[Piece],
    count: int,
    priority: PriorityName = "normal",
    unknown_group: str = "",
    now: datetime | None = None,
) -> Part:
    """Write the current text of a card: the newest of its messages, as many as fit.

    Args:
        messages: the newest first. Each author's text is above their own name.
        words: the catalogue.
        status: the lines above the text, together at most `ROOM_FOR_STATUS`.
        count: how many messages there are in all.
        priority: how urgent the conversation is.
        unknown_group: the group that was asked for, if it does not exist.
        now: to write how old a message is.
    """
    newest = messages[0]
    head = pieces.head(words, unknown_group=unknown_group, status=status, priority=priority)
    tail = pieces.tail(newest, words)
    bodies: list[Piece] = []
    shown, later = 0, newest
    for message in messages:
        body = [*pieces.said(message), *pieces.facts(message, words, now)]
        if not _same_author(message, later):
            body.append(pieces.sender(message, words))
        more = [*body, *bodies]
        left = _earlier(count - shown - 1, words)
        if pieces.size([*head, *left, *more, *tail]) > MOST_UNITS:
            break
        bodies, shown, later = more, shown + 1, message
    if shown:
        written = [*head, *_earlier(count - shown, words), *bodies, *tail]
        return pieces.join(written, hides=count > shown)
    *others, last = write_card(
        [newest], words, priority=priority, unknown_group=unknown_group, now=now
    ).parts
    if not others:
        said, facts = pieces.said(newest), pieces.facts(newest, words, now)
        return in_one_part([*head, *_earlier(count - 1, words)], said, facts, tail, newest, words)
    above = pieces.join([*status, *_earlier(count - 1, words)])
    if units(f"{above.plain}\n{last.plain}") > MOST_UNITS:
        above = pieces.join(status)
    hides = last.hides or count > 1
    return Part(f"{above.html}\n{last.html}", f"{above.plain}\n{last.plain}", hides)


def ended(part: Part, end: Sequence[Piece]) -> Part:
    """Put lines below all else, where there is room: no long text is split anew for them."""
    last = pieces.join(end)
    if not end or units(f"{part.plain}\n{last.plain}") > MOST_UNITS:
        return part
    return Part(f"{part.html}\n{last.html}", f"{part.plain}\n{last.plain}", part.hides)


def mark_repeat(part: Part, words: Words) -> Part:
    """Mark a card as a possible repeat: by a sentence, or only a sign if there is no room."""
    mark = words.gettext("↻ You may have this one already")
    if units(f"{mark}\n{part.plain}") > MOST_UNITS:
        mark = "↻"
    return Part(f"{html.escape(mark)}\n{part.html}", f"{mark}\n{part.plain}", part.hides)


def _earlier(count: int, words: Words) -> list[Piece]:
    if count <= 0:
        return []
    text = words.ngettext("… {count} earlier message", "… {count} earlier messages", count)
    return [pieces.line(text.format(count=count))]


def _same_author(one: CustomerMessage, other: CustomerMessage) -> bool:
    return (one.customer_name, one.recipient) == (other.customer_name, other.recipient)


def _same_foot(one: CustomerMessage, other: CustomerMessage) -> bool:
    return _same_author(one, other) and one.reply_url == other.reply_url
