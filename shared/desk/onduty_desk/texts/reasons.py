"""Shortens a reason to one line for display, without tokens and passwords."""

import re
import unicodedata

MOST_CHARACTERS = 300

_TOKEN = re.compile(r"\d{5,}(?::|%3[Aa])[A-Za-z0-9_-]{20,}")
_CREDENTIALS = re.compile(r"(?<=://)\S*@")
"""A password may hold anything, unencoded slashes and @ too."""

_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]+")
_SPACE = re.compile(r"\s+")


def shown_reason(reason: object) -> str:
    """Return a reason as one line of at most 300 characters; for anything else a default text."""
    if not isinstance(reason, str) or not reason.strip():
        return "no reason was written down"
    shown = _TOKEN.sub("<token>", reason[: 10 * MOST_CHARACTERS])
    shown = _SECRET.sub("<secret>", _CREDENTIALS.sub("…@", shown))
    return printable_line(shown, MOST_CHARACTERS)


def printable_line(text: str, most: int) -> str:
    """Return a text as one line without control characters, at most this long.

    For terminals and logs; in a message to Telegram, `untrusted_text.one_line` does more.
    """
    printable = text
    if not (text.isascii() and text.isprintable()):
        printable = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    line = _SPACE.sub(" ", printable).strip()
    return line if len(line) <= most else line[: most - 1] + "…"
