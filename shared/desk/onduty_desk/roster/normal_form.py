"""Normalizes secret phrases before they are compared, because phones' keyboards change them.

Phones begin with a capital, make `“ ”` of `"`, `…` of three dots, `—` of two hyphens and ". " of
two spaces; copying adds no-break spaces and invisible characters.
"""

import re
import unicodedata

_QUOTES = "'`´‘’‚‛′‵ʹʼˈ＇\"“”„‟″‶«»‹›〝〞〟＂"  # noqa: RUF001 - they look alike, that is the point
_DASHES = "-‐‑‒–—―−⁃﹘﹣－"  # noqa: RUF001 - they look alike too
_DOTS = ".。｡․"  # noqa: RUF001 - the same
_BLANK = "\u2800"
"""BRAILLE PATTERN BLANK looks like a space, but is none in Unicode."""

_ONE_FOR_ALL = str.maketrans(
    dict.fromkeys(_QUOTES, "'")
    | dict.fromkeys(_DASHES, "-")
    | dict.fromkeys(_DOTS, ".")
    | {_BLANK: " "}
)
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]"
)
"""Unicode's Default_Ignorable_Code_Point, and control characters other than white space."""

_MOST_MARKS = 30

_DASH_RUN = re.compile(r"-{2,}")
_DOT_RUN = re.compile(r"\.{2,}")
_DOT_BEFORE_SPACE = re.compile(r"\.(?=\s|\Z)")


def compared(text: str) -> str:
    """Return a text normalized for comparing with phrases; linear in its length, and idempotent."""
    return collapsed(folded(text))


def folded(text: str) -> str:
    """Normalize single characters: case, width, quotes, dashes, dots; remove invisible ones."""
    if len(text) > _MOST_MARKS and not text.isascii():
        text = _few_marks(text)
    for _ in range(3):  # case folding may leave characters that NFKC composes again
        before = text
        text = _INVISIBLE.sub("", text).translate(_ONE_FOR_ALL)
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        if text == before:
            break
    return text


def _few_marks(text: str) -> str:
    """Drop combining marks after the thirtieth of a run: normalizing thousands takes seconds.

    Thirty is the limit of Unicode's Stream-Safe Text Format (UAX #15).
    """
    kept, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def collapsed(text: str) -> str:
    """Collapse runs of white space, dashes and dots into one, and drop a dot that ends a word."""
    text = _DOT_RUN.sub(".", _DASH_RUN.sub("-", text))
    return " ".join(_DOT_BEFORE_SPACE.sub("", text).split())
