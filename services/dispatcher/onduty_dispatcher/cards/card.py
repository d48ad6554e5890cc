"""Writes cards: customer messages in, Telegram messages out, without side effects.

Everything from outside is escaped, and the customer's text is a block quote, so that it cannot look
like a line of ours.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from onduty import CustomerMessage
from onduty_desk.texts import Words
from onduty_dispatcher.cards import pieces
from onduty_dispatcher.cards.parts import MOST_UNITS, ROOM_FOR_STATUS, over_parts
from onduty_dispatcher.cards.pieces import Part, Piece
from onduty_dispatcher.cards.split import units


@dataclass(frozen=True)
class Card:
    """The Telegram messages that show the first `shown` of the messages it was made from."""

    parts: tuple[Part, ...]
    shown: int


def write_card(
    messages: Sequence[CustomerMessage],
    words: Words,
    *,
    unknown_group: str = "",
    status: str = "",
    now: datetime | None = None,
) -> Card:
    """Write the card of as many of a conversation's messages as fit into one Telegram message.

    The first is always shown; if it is longer, alone and in up to three parts, and what does not
    fit is cut, with the link. Messages of another sender, or with another link, get a card of their
    own. With `now`, the card says how old a message is.
    """
    first = messages[0]
    head = pieces.head(messages, words, unknown_group=unknown_group, status=status)
    tail = pieces.tail(first, words)
    said, facts = pieces.said(first), pieces.facts(first, words, now)
    written = [*head, *said, *facts]
    room = MOST_UNITS - ROOM_FOR_STATUS - pieces.size(tail) - 1
    if pieces.size(written) > room:
        return Card(over_parts(head, said, facts, tail, first, words), shown=1)
    shown = 1
    for message in messages[1:]:
        more = [*written, *pieces.said(message), *pieces.facts(message, words, now)]
        if not _same_foot(first, message) or pieces.size(more) > room:
            break
        written, shown = more, shown + 1
    return Card((pieces.join([*written, *tail]),), shown)


def write_current_card(  # noqa: PLR0913 - what it is written from, by name
    messages: Sequence[CustomerMessage],
    words: Words,
    *,
    status: str,
    count: int,
    unknown_group: str = "",
    now: datetime | None = None,
) -> Part:
    """Write the current text of a card: the newest of its messages, as many as fit.

    Args:
        messages: the newest first. Each author's text is above their own name.
        words: the catalogue.
        status: the lines above the text, at most 300 characters.
        count: how many messages there are in all.
        unknown_group: the group that was asked for, if it does not exist.
        now: to write how old a message is.
    """
    newest = messages[0]
    head = pieces.head(messages, words, unknown_group=unknown_group, status=status)
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
        return pieces.join([*head, *_earlier(count - shown, words), *bodies, *tail])
    last = write_card([newest], words, unknown_group=unknown_group, now=now).parts[-1]
    above = html.escape(status, quote=False)
    return Part(f"{above}\n{last.html}", f"{status}\n{last.plain}")


def note_part(text: str) -> Part:
    """Return a line of ours as a Telegram message; the names in it are already sanitized."""
    return pieces.join([pieces.line(text)])


def mark_repeat(part: Part, words: Words) -> Part:
    """Mark a card as a possible repeat: by a sentence, or only a sign if there is no room."""
    mark = words.gettext("↻ You may have this one already")
    if units(f"{mark}\n{part.plain}") > MOST_UNITS:
        mark = "↻"
    return Part(f"{html.escape(mark)}\n{part.html}", f"{mark}\n{part.plain}")


def _earlier(count: int, words: Words) -> list[Piece]:
    if count <= 0:
        return []
    text = words.ngettext("… {count} earlier message", "… {count} earlier messages", count)
    return [pieces.line(text.format(count=count))]


def _same_author(one: CustomerMessage, other: CustomerMessage) -> bool:
    return (one.customer_name, one.recipient) == (other.customer_name, other.recipient)


def _same_foot(one: CustomerMessage, other: CustomerMessage) -> bool:
    return _same_author(one, other) and one.reply_url == other.reply_url
