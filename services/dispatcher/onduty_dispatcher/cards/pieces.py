"""The pieces of a card: the customer's text as a quote, and lines of ours.

A line of ours that holds text from outside begins with a sign or a word of ours. Only a name may be
first; it is put in quotes if it looks like such a line.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from onduty import Attachment, CustomerMessage, PriorityName
from onduty_desk.conversations.kept_message import is_edited, is_retracted
from onduty_desk.texts import Words
from onduty_desk.texts.times import lasting
from onduty_desk.texts.untrusted_text import (
    customer_words,
    file_name,
    inert,
    is_blank,
    name,
    one_line,
)
from onduty_dispatcher.cards import addresses
from onduty_dispatcher.cards.measures import file_size
from onduty_dispatcher.cards.quotes import Quote
from onduty_dispatcher.cards.split import units

_OLD = timedelta(hours=1)
"""From this age on, a card says how old a message is."""

_HERE = "\0"
"""A placeholder for the URL in a sentence."""


@dataclass(frozen=True)
class Part:
    """One Telegram message: as HTML, and as plain text."""

    html: str
    plain: str
    hides: bool = False
    """Something that it is about is not in it, nor in the parts before it."""


@dataclass(frozen=True)
class Piece:
    """The customer's text, which may be cut, or a line of ours, which may not."""

    text: str
    html: str
    quote: Quote | None = None
    """The customer's text, if it is that."""


def line(text: str) -> Piece:
    """Return a line without a URL; text from outside in it is already sanitized."""
    return Piece(text, html.escape(text, quote=False))


def named(text: str, **values: object) -> Piece:
    """Return a line with sanitized names filled in; the customer's, the first of them, is bold."""
    escaped = {field: html.escape(str(value), quote=False) for field, value in values.items()}
    customer = next(iter(values))
    escaped[customer] = f"<b>{escaped[customer]}</b>"
    return Piece(text.format(**values), html.escape(text, quote=False).format(**escaped))


def quote(text: str) -> Piece:
    """Return a customer's text as a quote; a long one unfolds at a tap."""
    written = Quote.of(text)
    return Piece(written.shown, written.html, written)


def unfolded(piece: Piece) -> Piece:
    """Return a piece as it is, a quote with all of its lines to be seen."""
    return replace(piece, html=piece.html.replace("<blockquote expandable>", "<blockquote>", 1))


def cut_quote(piece: Piece, room: int) -> tuple[Piece | None, Piece | None]:
    """Return the part of a customer's text that fits into the room, and the rest."""
    if piece.quote is None or units(piece.text) <= room:
        return piece, None
    fits, rest = piece.quote.cut(room)
    return quote(fits) if fits else None, quote(rest) if rest else None


def join(pieces: Sequence[Piece], *, hides: bool = False) -> Part:
    """Return the pieces as a message."""
    return Part(
        "\n".join(piece.html for piece in pieces),
        "\n".join(piece.text for piece in pieces),
        hides,
    )


def size(pieces: Sequence[Piece]) -> int:
    """Return their length in a message, in UTF-16 units."""
    return units("\n".join(piece.text for piece in pieces))


def head(
    words: Words,
    *,
    unknown_group: str,
    status: Sequence[Piece],
    priority: PriorityName = "normal",
) -> list[Piece]:
    """Return the lines above the customer's text."""
    lines: list[str] = []
    if unknown_group:
        text = words.gettext("⚠️ There is no group “{group}”, so this came to you")
        lines.append(text.format(group=inert(unknown_group)))
    return [*status, *urgency(priority, words), *map(line, lines)]


def urgency(priority: PriorityName, words: Words) -> list[Piece]:
    """Return how urgent a conversation is, if it is not as most are."""
    texts = {
        "urgent": words.gettext("❗ Urgent"),
        "normal": "",
        "low": words.gettext("💤 Can wait"),
    }
    return [line(texts[priority])] if texts[priority] else []


def said(message: CustomerMessage) -> list[Piece]:
    """Return the customer's text; nothing if it looks blank, or was taken back."""
    if is_retracted(message):
        return []
    text = customer_words(message.text)
    return [quote(text)] if text else []


def facts(message: CustomerMessage, words: Words, now: datetime | None) -> list[Piece]:
    """Return the lines below the text: its age, details, files; what the customer did with it."""
    lines: list[Piece] = []
    if is_retracted(message):
        return [line(words.gettext("🗑 The customer has taken a message back"))]
    if is_edited(message):
        lines.append(line(words.gettext("✏️ edited")))
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
    return named(
        words.gettext("{customer_name} writes to {recipient}"),
        customer_name=name(message.customer_name, words.gettext("Customer")),
        recipient=name(message.recipient),
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
