"""Writes URLs on a card: each is a link, unchanged, and shows where it leads.

A long one is shown by its beginning, with its whole host; the link behind it is the whole address.
One that could be read as leading elsewhere is never shortened.
"""

import html
from urllib.parse import quote

import regex
from pydantic import HttpUrl, ValidationError

from onduty_desk.texts.found_links import is_found
from onduty_dispatcher.cards.split import units

_HIDDEN = regex.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufeff\uffa0\ufff9-\ufffb]"
)
"""Invisible characters, and those that change the direction; they are shown percent-encoded."""

_MOST_UNITS = 2_200
"""A longer one (many encoded letters) would leave no room for the rest of the card."""

_LONG_UNITS = 100
"""About three lines of a phone; a longer one is shown by its beginning."""

_SHOWN_UNITS = 50

_ORIGIN = regex.compile(r"(https?)://([a-z0-9.-]+)(?=[/?#:])", regex.IGNORECASE)
"""How a URL begins that leads where it seems to lead: ASCII, and nothing before the host."""

_PRINTABLE = regex.compile("[!-~]*")
_HALF_ENCODED = regex.compile("%[0-9A-Fa-f]?$")

_ADDRESS = regex.compile(r"https?://[^\s<>\"]+", regex.IGNORECASE)


def is_address(text: str) -> bool:
    """Whether a text is a URL and nothing else."""
    if not _ADDRESS.fullmatch(text):
        return False
    try:
        HttpUrl(text)
    except ValidationError:
        return False
    return True


def shown(address: str) -> str:
    """Return the URL as it is written on a card, with every character visible."""
    if short := shortened(address):
        return short
    visible = _visible(address)
    return visible if units(visible) <= _MOST_UNITS else f"{_host(address)}/…"


def as_html(address: str) -> str:
    """Return the same as HTML, with link markup where Telegram would not detect it."""
    text, visible = shown(address), _visible(address)
    if text == visible and is_found(visible):
        return html.escape(text, quote=False)
    return f'<a href="{html.escape(visible)}">{html.escape(text, quote=False)}</a>'


def shortened(address: str) -> str:
    """Return the beginning of a long URL, with "…"; "" for one that is shown as it is."""
    if units(address) <= _LONG_UNITS or _HIDDEN.search(address):
        return ""
    origin = _ORIGIN.match(address)
    if not origin or not is_address(address) or _has_user(address):
        return ""
    if _host(address) != origin[2].lower():
        return ""
    printable = _PRINTABLE.match(address)
    end = min(max(origin.end() + 1, _SHOWN_UNITS), printable.end() if printable else 0)
    if end + 1 >= _LONG_UNITS:
        return ""
    return _HALF_ENCODED.sub("", address[:end]) + "…"


def true_host(address: str) -> str:
    """Return the host of a URL with user information (`https://name@host`), else ""."""
    return _host(address) if "@" in address.partition("//")[2] and _has_user(address) else ""


def dotless_host(address: str) -> str:
    """Return the host if it has no dot, so that Telegram makes no link of it; else ""."""
    host = _host(address)
    return "" if "." in host or ":" in host else host


def _visible(address: str) -> str:
    return _HIDDEN.sub(lambda found: quote(found.group()), address)


def _host(address: str) -> str:
    return HttpUrl(address).host or ""


def _has_user(address: str) -> bool:
    url = HttpUrl(address)
    return url.username is not None or url.password is not None
