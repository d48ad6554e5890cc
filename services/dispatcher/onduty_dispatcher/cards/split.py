"""Splits text to a length in UTF-16 units, as Telegram counts, at the end of a sentence or word."""

import regex

_PAUSES = ("\n\n", "\n", ". ", "! ", "? ", "; ", ", ", " ")
_LEAST_SHARE = 0.5
"""A pause in the first half of the room is not used: the part would be too short."""


def units(text: str) -> int:
    """Return the length as Telegram counts it: UTF-16 code units (Bot API, "MessageEntity")."""
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, room: int) -> tuple[str, str]:
    """Return the longest readable beginning that fits into `room` units, and the rest.

    The cut is after a paragraph, line, sentence or word that ends in the second half of the room;
    else between two graphemes, so that no emoji or accent is broken; a single grapheme longer than
    the room is cut between code points. A URL is cut only if it is longer than the room.
    White space at the cut is dropped; the first part has at least one character.
    """
    if units(text) <= room:
        return text, ""
    # A surrogate pair at the cut goes to the rest.
    window = text.encode("utf-16-le")[: room * 2].decode("utf-16-le", errors="ignore")
    for pause in _PAUSES:
        at = window.rfind(pause, int(len(window) * _LEAST_SHARE))
        if at > 0:
            end = at + len(pause.rstrip())
            first, rest = text[:end].rstrip(), text[end:].lstrip()
            return (first, rest) if first else cut(rest, room)
    return _before_an_address(text, window, room) or _between_characters(text, window)


def _before_an_address(text: str, window: str, room: int) -> tuple[str, str] | None:
    """Cut before a URL that would be split, if it fits into the next part: half a URL is wrong."""
    start = max(window.rfind("http://"), window.rfind("https://"))
    address = regex.compile(r"\S*").match(text, start) if start > 0 else None
    if address is None or address.end() <= len(window) or units(address.group()) > room:
        return None
    first = text[:start].rstrip()
    return (first, text[start:]) if first else None


def _between_characters(text: str, window: str) -> tuple[str, str]:
    end = 0
    # The last grapheme may continue after the window, so it is searched in the whole text.
    for cluster in regex.finditer(r"\X", text, endpos=len(window) + 1):
        if cluster.end() > len(window):
            break
        end = cluster.end()
    end = end or len(window)
    return text[:end], text[end:]
