"""Addresses on a card: each is a link as it came, and shows where it leads."""

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
"""What has no picture or turns the line around; percent-encoded it is the same address."""

_MOST_UNITS = 2_200
"""A longer one, of letters that are encoded, leaves no room for the rest of a card."""


_ADDRESS = regex.compile(r"https?://[^\s<>\"]+", regex.IGNORECASE)


def is_address(text: str) -> bool:
    """Say whether a text is an address and nothing else."""
    if not _ADDRESS.fullmatch(text):
        return False
    try:
        HttpUrl(text)
    except ValidationError:
        return False
    return True


def shown(address: str) -> str:
    """Return the address as it stands on a card: nothing in it is hidden."""
    visible = _visible(address)
    return visible if units(visible) <= _MOST_UNITS else f"{_host(address)}/…"


def as_html(address: str) -> str:
    """Return the same as HTML, marked as a link where Telegram would not find it."""
    text, visible = shown(address), _visible(address)
    if text == visible and is_found(visible):
        return html.escape(text, quote=False)
    return f'<a href="{html.escape(visible)}">{html.escape(text, quote=False)}</a>'


def true_host(address: str) -> str:
    """Return the host that it leads to if another name stands before it, else ""."""
    return _host(address) if "@" in address.partition("//")[2] and _has_user(address) else ""


def dotless_host(address: str) -> str:
    """Return a host without a dot, which Telegram takes for no link; else ""."""
    host = _host(address)
    return "" if "." in host or ":" in host else host


def _visible(address: str) -> str:
    return _HIDDEN.sub(lambda found: quote(found.group()), address)


def _host(address: str) -> str:
    return HttpUrl(address).host or ""


def _has_user(address: str) -> bool:
    url = HttpUrl(address)
    return url.username is not None or url.password is not None
