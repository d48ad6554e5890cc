"""Repairs the decorations of a message (names, files, details) instead of refusing it."""

import json
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal

LARGEST_SIZE = 2**53
"""Of a file, in bytes: beyond it a JavaScript number is no longer exact."""

MOST_DETAILS, MOST_LABEL, MOST_VALUE = 20, 64, 256
DEFAULT_MIME_TYPE = "application/octet-stream"

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_MIME_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(\s*;[ -~]*)?", re.ASCII)
_MOST_MIME_TYPE = 128
_JOINS = re.compile("[\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
_MOST_OF_ONE_CHARACTER = 16


def whole(value: object) -> object:
    """Return a text without lone surrogates: pairs are joined, a lone one becomes U+FFFD."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def line(value: object, most: int) -> object:
    """Return a text as one line of at most this length; anything else as it is."""
    if not isinstance(value, str):
        return value
    return shorten(_CONTROL.sub(" ", str(whole(value))).strip(), most)


def shorten(text: str, most: int) -> str:
    """Return at most this many characters, with "…" for what is left out."""
    if len(text) <= most:
        return text
    end = most - 1
    for earlier in range(end, max(end - _MOST_OF_ONE_CHARACTER, 0), -1):
        if not _continues(text, earlier):
            end = earlier
            break
    return text[:end].rstrip() + "…"


def _continues(text: str, at: int) -> bool:
    """Whether this character belongs to the one before, as an accent does."""
    here, before = text[at], text[at - 1]
    if here in _FLAG_LETTERS:  # two make a flag
        letters = len(text[:at]) - len(text[:at].rstrip(_FLAG_LETTERS))
        return letters % 2 == 1
    return bool(unicodedata.combining(here) or _JOINS.match(here)) or before == "\u200d"


def details(value: object) -> dict[str, str]:
    """Return the first 20 that have a label and a value, as short texts."""
    kept: dict[str, str] = {}
    for label, entry in _pairs(value):
        text = _text(entry)
        short = line(_text(label) or "", MOST_LABEL)
        if text is None or not isinstance(short, str) or not short or short in kept:
            continue
        kept[short] = str(line(text, MOST_VALUE))
        if len(kept) == MOST_DETAILS:
            break
    return kept


def _pairs(value: object) -> Iterable[tuple[object, object]]:
    if isinstance(value, Mapping):
        return value.items()
    if isinstance(value, list | tuple):  # PHP writes an empty map as []
        return enumerate(value, 1)
    return ()


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        if isinstance(value, Mapping | list | tuple):
            return json.dumps(value, ensure_ascii=False, default=str)
        return str(value)
    except (ValueError, TypeError, RecursionError):  # an integer of 4,301 digits, a reference cycle
        return "…"


def size(value: object) -> int | None:
    """Return the size of a file in bytes, or None for what cannot be one."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 17:  # noqa: PLR2004 - as many as 2^53 has
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    if isinstance(value, float | Decimal) and not math.isfinite(value):
        return None
    return int(value) if 0 <= value <= LARGEST_SIZE else None


def mime_type(value: object) -> str:
    """Return the type of a file, or the default for one that is not valid."""
    if isinstance(value, str) and len(value) <= _MOST_MIME_TYPE and _MIME_TYPE.fullmatch(value):
        return value
    return DEFAULT_MIME_TYPE
