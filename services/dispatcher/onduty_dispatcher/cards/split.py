"""Cuts text to Telegram's measure: UTF-16 units, at a place where a reader would pause."""

import regex

_PAUSES = ("\n\n", "\n", ". ", "! ", "? ", "; ", ", ", " ")
_LEAST_SHARE = 0.5
"""A pause in the first half of the room is too early: better a worse place than a short part."""


def units(text: str) -> int:
    """Return the length as Telegram counts it: UTF-16 code units (Bot API, "MessageEntity")."""
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, room: int) -> tuple[str, str]:
    """Return the longest readable beginning that fits into `room` units, and the rest.

    Cut after a paragraph, line, sentence or word where one ends in the second half of the room;
    else between two characters as a reader sees them, so that no emoji or accent is torn apart;
    only a single such character that is itself longer than the room is cut between code points.
    An address is cut only if it is longer than the room.
    White space at the cut is lost; of anything else at least a character is in the beginning.
    """
    if units(text) <= room:
        return text, ""
    # A surrogate pair that the cut would tear apart is left for the rest.
    window = text.encode("utf-16-le")[: room * 2].decode("utf-16-le", errors="ignore")
    for pause in _PAUSES:
        at = window.rfind(pause, int(len(window) * _LEAST_SHARE))
        if at > 0:
            end = at + len(pause.rstrip())
            first, rest = text[:end].rstrip(), text[end:].lstrip()
            return (first, rest) if first else cut(rest, room)
    return _before_an_address(text, window, room) or _between_characters(text, window)


def _before_an_address(text: str, window: str, room: int) -> tuple[str, str] | None:
    """Half an address leads elsewhere: leave it whole to the rest if it has room there."""
    start = max(window.rfind("http://"), window.rfind("https://"))
    address = regex.compile(r"\S*").match(text, start) if start > 0 else None
    if address is None or address.end() <= len(window) or units(address.group()) > room:
        return None
    first = text[:start].rstrip()
    return (first, text[start:]) if first else None


def _between_characters(text: str, window: str) -> tuple[str, str]:
    end = 0
    # The last cluster of the window may go on behind it, so the text decides where it ends.
    for cluster in regex.finditer(r"\X", text, endpos=len(window) + 1):
        if cluster.end() > len(window):
            break
        end = cluster.end()
    end = end or len(window)
    return text[:end], text[end:]
