"""What a phone shows of a conversation: messages in, Telegram messages out, nothing else.

Everything from outside is escaped, and the customer's own words stand in a block quote, so that
no text can pass for a line of ours.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from onduty import Attachment, CustomerMessage, Priority
from onduty_desk.outside import customer_words, one_line
from onduty_desk.texts import Words
from onduty_dispatcher.split import cut, units

MOST_UNITS = 4096
"""Bot API, sendMessage: text is 1 to 4096 characters after entities are parsed."""

MOST_PARTS = 3
_ROOM_FOR_STATUS = 340
"""In the message that keeps the buttons: the lines above its texts change when it is claimed."""
_ROOM_FOR_NUMBER = 6  # the end of a line, "1/3", and the short mark


@dataclass(frozen=True)
class Part:
    """One Telegram message: as HTML, and as the same words without markup."""

    html: str
    plain: str


@dataclass(frozen=True)
class Card:
    """The Telegram messages that show the first `shown` of the messages it was made from."""

    parts: tuple[Part, ...]
    shown: int


@dataclass(frozen=True)
class _Piece:
    """Some lines of the card: the customer's words, or plain facts."""

    text: str
    is_quote: bool

    @property
    def html(self) -> str:
        escaped = html.escape(self.text, quote=False)
        return f"<blockquote>{escaped}</blockquote>" if self.is_quote else escaped


def write_card(
    messages: Sequence[CustomerMessage],
    words: Words,
    *,
    unknown_group: str = "",
    status: str = "",
) -> Card:
    """Write the card of as many of a conversation's messages as fit into one Telegram message.

    The first is always shown: alone, and in up to three parts if it is longer, then cut with the
    link. Messages of another sender, or with another link, wait for a card of their own.
    """
    first = messages[0]
    head = _head(messages, words, unknown_group=unknown_group, status=status)
    tail = _tail(first, words)
    pieces = [*head, *_body(first, words)]
    room = MOST_UNITS - _ROOM_FOR_STATUS - _size(tail) - 1
    if _size(pieces) > room:
        return Card(tuple(_parts(pieces, tail, first, words)), shown=1)
    shown = 1
    for message in messages[1:]:
        more = [*pieces, *_body(message, words)]
        if not _same_sender(first, message) or _size(more) > room:
            break
        pieces, shown = more, shown + 1
    return Card((_part([*pieces, *tail]),), shown)


def redraw_card(
    messages: Sequence[CustomerMessage],
    words: Words,
    *,
    status: str,
    count: int,
    unknown_group: str = "",
) -> Part:
    """Write what a card shows by now: the newest of its messages, as many as fit.

    Args:
        messages: the newest first.
        words: the catalogue.
        status: the lines above the text, at most 300 characters.
        count: of how many messages these are the newest.
        unknown_group: the group that was asked for, if there is none of that name.
    """
    newest = messages[0]
    head = _head(messages, words, unknown_group=unknown_group, status=status)
    tail = _tail(newest, words)
    bodies: list[_Piece] = []
    shown = 0
    for message in messages:
        more = [*_body(message, words), *bodies]
        left = _earlier(count - shown - 1, words)
        if _size([*head, *left, *more, *tail]) > MOST_UNITS:
            break
        bodies, shown = more, shown + 1
    if shown:
        return _part([*head, *_earlier(count - shown, words), *bodies, *tail])
    last = write_card([newest], words, unknown_group=unknown_group).parts[-1]
    above = html.escape(status, quote=False)
    return Part(f"{above}\n{last.html}", f"{status}\n{last.plain}")


def _earlier(count: int, words: Words) -> list[_Piece]:
    if count <= 0:
        return []
    told = words.ngettext("… {count} earlier message", "… {count} earlier messages", count)
    return [_Piece(told.format(count=count), is_quote=False)]


def note_part(text: str) -> Part:
    """Return a line of ours as a Telegram message."""
    return Part(html.escape(one_line(text), quote=False), one_line(text))


def _same_sender(one: CustomerMessage, other: CustomerMessage) -> bool:
    def facts(message: CustomerMessage) -> tuple[object, ...]:
        return message.customer_name, message.recipient, message.reply_url

    return facts(one) == facts(other)


def mark_repeat(part: Part, words: Words) -> Part:
    """Say on a card that it may have arrived before; without the words where there is no room."""
    mark = words.gettext("↻ You may have this one already")
    if units(f"{mark}\n{part.plain}") > MOST_UNITS:
        mark = "↻"
    return Part(f"{html.escape(mark)}\n{part.html}", f"{mark}\n{part.plain}")


def _head(
    messages: Sequence[CustomerMessage], words: Words, *, unknown_group: str, status: str
) -> list[_Piece]:
    lines = [one_line(line) for line in status.splitlines()]
    if any(message.priority is Priority.URGENT for message in messages):
        lines.append(words.gettext("❗ Urgent"))
    if unknown_group:
        told = words.gettext("⚠️ There is no group “{group}”, so this came to you")
        lines.append(told.format(group=one_line(unknown_group)))
    return [_Piece("\n".join(lines), is_quote=False)] if lines else []


def _body(message: CustomerMessage, words: Words) -> list[_Piece]:
    pieces = []
    if text := customer_words(message.text):
        pieces.append(_Piece(text, is_quote=True))
    facts = [f"{one_line(label)}: {one_line(value)}" for label, value in message.details.items()]
    facts += [_file(attachment, words) for attachment in message.attachments]
    if more := message.more_attachments:
        told = words.ngettext("📎 … and {count} more file", "📎 … and {count} more files", more)
        facts.append(told.format(count=more))
    if facts:
        pieces.append(_Piece("\n".join(facts), is_quote=False))
    return pieces


def _tail(message: CustomerMessage, words: Words) -> list[_Piece]:
    lines = [
        words.gettext("{customer_name} writes to {recipient}").format(
            customer_name=one_line(message.customer_name), recipient=one_line(message.recipient)
        )
    ]
    if message.reply_url:
        lines.append(words.gettext("Reply: {reply_url}").format(reply_url=message.reply_url))
    return [_Piece("\n".join(lines), is_quote=False)]


def _file(attachment: Attachment, words: Words) -> str:
    name = one_line(attachment.file_name)
    if attachment.size is not None:
        kilobytes = max(1, round(attachment.size / 1000))
        name = words.gettext("{file_name} ({kilobytes} kB)").format(
            file_name=name, kilobytes=kilobytes
        )
    return f"📎 {name}: {attachment.url}"


def _parts(
    pieces: list[_Piece], tail: list[_Piece], message: CustomerMessage, words: Words
) -> list[Part]:
    """Lay the pieces out over up to three messages; the tail closes the last one."""
    laid_out: list[list[_Piece]] = []
    rest = pieces
    while rest and len(laid_out) < MOST_PARTS - 1:
        part, rest = _fill(rest, MOST_UNITS - _ROOM_FOR_NUMBER)
        laid_out.append(part)
    room = MOST_UNITS - _ROOM_FOR_STATUS - _ROOM_FOR_NUMBER - _size(tail) - 1
    if _size(rest) > room:
        notice = _continued(message, words, room // 2)
        rest = [*_fill(rest, room - _size([notice]) - 1)[0], notice]
    elif not rest and _size(laid_out[-1]) <= room:
        rest = laid_out.pop()
    laid_out.append([*rest, *tail])
    return [
        _part([*part, _Piece(f"{number}/{len(laid_out)}", is_quote=False)])
        for number, part in enumerate(laid_out, 1)
    ]


def _fill(pieces: list[_Piece], room: int) -> tuple[list[_Piece], list[_Piece]]:
    """Return the pieces that fit into the room, the last perhaps cut, and the rest."""
    filled: list[_Piece] = []
    for at, piece in enumerate(pieces):
        left = room - _size(filled) - bool(filled)
        fits, rest = cut(piece.text, left) if left > 0 else ("", piece.text)
        if fits:
            filled.append(_Piece(fits, piece.is_quote))
        if rest:
            return filled, [_Piece(rest, piece.is_quote), *pieces[at + 1 :]]
    return filled, []


def _continued(message: CustomerMessage, words: Words, room: int) -> _Piece:
    if message.reply_url:
        told = words.gettext("… continued at {reply_url}").format(reply_url=message.reply_url)
        if units(told) <= room:
            return _Piece(told, is_quote=False)
    return _Piece(words.gettext("… the rest is too long for Telegram"), is_quote=False)


def _part(pieces: Sequence[_Piece]) -> Part:
    return Part(
        "\n".join(piece.html for piece in pieces), "\n".join(piece.text for piece in pieces)
    )


def _size(pieces: Sequence[_Piece]) -> int:
    return units("\n".join(piece.text for piece in pieces))
