"""The pieces of a card: the customer's text as a quote, and lines of ours.

A line of ours that holds text from outside begins with a sign or a word of ours. Only a name may be
first; it is put in quotes if it looks like such a line.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from onduty import Attachment, CustomerMessage, Priority
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import (
    customer_words,
    file_name,
    inert,
    is_blank,
    name,
    one_line,
    without_commands,
)
from onduty_dispatcher.cards import addresses
from onduty_dispatcher.cards.measures import file_size, lasting
from onduty_dispatcher.cards.split import cut, units

_OLD = timedelta(hours=1)
"""From this age on, a card says how old a message is."""

_HERE = "\0"
"""A placeholder for the URL in a sentence."""


@dataclass(frozen=True)
class Part:
    """One Telegram message: as HTML, and as plain text."""

    html: str
    plain: str


@dataclass(frozen=True)
class Piece:
    """The customer's text, which may be cut, or a line of ours, which may not."""

    text: str
    html: str
    is_quote: bool = False


def line(text: str) -> Piece:
    """Return a line without a URL; text from outside in it is already sanitized."""
    return Piece(text, html.escape(text, quote=False))


def quote(text: str) -> Piece:
    """Return a customer's text as a quote."""
    return Piece(text, f"<blockquote>{html.escape(text, quote=False)}</blockquote>", is_quote=True)


def cut_quote(piece: Piece, room: int) -> tuple[Piece | None, Piece | None]:
    """Return the part of a customer's text that fits into the room, and the rest."""
    least = room
    while least > 0:
        fits, rest = cut(piece.text, least)
        # At the cut, a part may become a command that was none inside a longer word.
        fits, rest = without_commands(fits), without_commands(rest)
        if units(fits) <= room:
            return quote(fits) if fits else None, quote(rest) if rest else None
        least -= max(1, units(fits) - room)
    return None, piece


def join(pieces: Sequence[Piece]) -> Part:
    """Return the pieces as a message."""
    return Part(
        "\n".join(piece.html for piece in pieces), "\n".join(piece.text for piece in pieces)
    )


def size(pieces: Sequence[Piece]) -> int:
    """Return their length in a message, in UTF-16 units."""
    return units("\n".join(piece.text for piece in pieces))


def head(
    messages: Sequence[CustomerMessage], words: Words, *, unknown_group: str, status: str
) -> list[Piece]:
    """Return the lines above the customer's text."""
    lines = status.splitlines()
    if any(message.priority is Priority.URGENT for message in messages):
        lines.append(words.gettext("❗ Urgent"))
    if unknown_group:
        text = words.gettext("⚠️ There is no group “{group}”, so this came to you")
        lines.append(text.format(group=inert(unknown_group)))
    return [line(text) for text in lines]


def said(message: CustomerMessage) -> list[Piece]:
    """Return the customer's text; nothing if it looks blank."""
    text = customer_words(message.text)
    return [quote(text)] if text else []


def facts(message: CustomerMessage, words: Words, now: datetime | None) -> list[Piece]:
    """Return the lines below the text: its age, details, files."""
    lines: list[Piece] = []
    if now and now - message.sent_at >= _OLD:
        text = words.gettext("🕓 written {time} ago")
        lines.append(line(text.format(time=lasting(words, now - message.sent_at))))
    for label, value in message.details.items():
        lines += _detail(label, value, words)
    for attachment in message.attachments:
        lines += _file(attachment, words)
    if more := message.more_attachments:
        text = words.ngettext("📎 … and {count} more file", "📎 … and {count} more files", more)
        lines.append(line(text.format(count=more)))
    return lines


def sender(message: CustomerMessage, words: Words) -> Piece:
    """Return who writes to whom."""
    text = words.gettext("{customer_name} writes to {recipient}")
    return line(
        text.format(
            customer_name=name(message.customer_name, words.gettext("Customer")),
            recipient=name(message.recipient),
        )
    )


def tail(message: CustomerMessage, words: Words) -> list[Piece]:
    """Return the last lines of a card: the sender, and the reply link."""
    lines = [sender(message, words)]
    if message.reply_url:
        text = words.gettext("Reply: {reply_url}").format(reply_url=_HERE)
        lines += _with_address(text, message.reply_url, words)
    return lines


def continued(message: CustomerMessage, words: Words, room: int) -> Piece:
    """Return the line below a text that was cut."""
    if message.reply_url:
        text = words.gettext("… continued at {reply_url}").format(reply_url=_HERE)
        there = _with_address(text, message.reply_url, words)[0]
        if units(there.text) <= room:
            return there
    return line(words.gettext("… the rest is too long for Telegram"))


def left_out(count: int, words: Words) -> Piece:
    """Return the line that counts the details and files for which there is no room."""
    text = words.ngettext(
        "… {count} more line does not fit",
        "… {count} more lines do not fit",
        count,
    )
    return line(text.format(count=count))


def _detail(label: str, value: str, words: Words) -> list[Piece]:
    before = "• " if is_blank(label) else f"• {inert(label)}: "
    if is_blank(value):
        return [line(f"{before}—")]
    if addresses.is_address(value):
        return _with_address(before + _HERE, value, words)
    lines = [line(before + one_line(value))]
    for word in value.split():
        if addresses.is_address(word):
            lines += _warning(word, words)
    return lines


def _file(attachment: Attachment, words: Words) -> list[Piece]:
    shown = file_name(attachment.file_name, words.gettext("file"))
    if attachment.size is not None:
        shown += f" ({file_size(words, attachment.size)})"
    return _with_address(f"📎 {shown}: {_HERE}", attachment.url, words)


def _with_address(text: str, address: str, words: Words) -> list[Piece]:
    before, _, after = text.partition(_HERE)
    there = Piece(
        f"{before}{addresses.shown(address)}{after}",
        f"{html.escape(before, quote=False)}{addresses.as_html(address)}"
        f"{html.escape(after, quote=False)}",
    )
    return [there, *_warning(address, words)]


def _warning(address: str, words: Words) -> list[Piece]:
    host = addresses.true_host(address)
    if not host:
        return []
    return [line(words.gettext("⚠️ This link leads to {host}").format(host=inert(host)))]
