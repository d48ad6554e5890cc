"""Sanitizes text from outside: it cannot look like a line of ours, or act as a command or link."""

from collections.abc import Iterator

import regex

from onduty_desk.texts.found_links import found_links

_BREAK = regex.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = regex.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_OVERRIDE = regex.compile("[\u202d\u202e]")
_DIRECTION = regex.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT = regex.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_LOOKS_BLANK = regex.compile("[\\s\x1f\u115f\u1160\u2800\u3164\uffa0\U0001d159]+")
"""Letters and symbols that look blank, and white space."""
_NO_WIDTH = regex.compile("[\u00ad\u034f\u180e\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb]")
_EMPTY_TO_THE_EYE = regex.compile(
    r"[\p{Default_Ignorable_Code_Point}\p{Z}\p{Cc}\p{Cf}\s\u2800\U0001d159]*"
)

_INVISIBLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cf}]")

_COMMAND = regex.compile(r"(?<![\w/<>])/(?=[A-Za-z0-9_]{1,64}(?![\w/<>]))")
"""As TDLib's MessageEntity.cpp reads one."""
_WOULD_BE_A_LINK = regex.compile(r":(?=//)|(?<=[^\s.])\.(?=[^\W_]{2}|\d)|@(?=\w)|(?<!\w)[#$](?=\w)")
_WORD_JOINER = "\u2060"
_KIND_OF_FILE = regex.compile(
    r"\.(?:jpe?g|png|gif|webp|heic|bmp|svg|pdf|txt|rtf|docx?|xlsx?|pptx?|od[ts]|csv|json|xml|html?|log"
    r"|eml|mp[34]|m4a|og[ag]|opus|wav|webm|avi|mkv|gz|rar|7z)$",
    regex.IGNORECASE,
)
"""File extensions that are no top-level domains, so Telegram makes no link of them."""

_BEGINS_LIKE_OURS = regex.compile(
    r"[\p{Ps}\p{Pi}\p{Pd}•·…❗⚠️📎✅☑️↩️🔁👀🔄🤝⏳📶↻⬇️⬆️🕓🟢👤❓✔️☑✓☎️“\"'«]|\d+\s*/|\d+\s+\p{L}"
)
_READS_LIKE_OURS = regex.compile(
    "[:\u02d0\ua789\u2236\ufe13\ufe55\uff1a"  # colons
    "·•\u0387\u16eb\u2027\u2219\u22c5\u2e31\u30fb\uff65]"  # dots in the middle
    "|writes to|пишет в",
    regex.IGNORECASE,
)


def customer_words(text: str) -> str:
    """Remove what Telegram would refuse or act on; the words and lines stay.

    Returns "" for a text without visible characters.
    """
    lines = _CONTROL.sub("", _BREAK.sub("\n", text).replace("\x1f", " "))
    return "" if is_blank(lines) else without_commands(_OVERRIDE.sub("", lines)).strip()


def without_commands(text: str) -> str:
    """Keep a customer's "/off" from becoming a command that a tap would send.

    A word joiner is inserted after the slash; links stay as they are. It is idempotent.
    """
    commands = [found.start() for found in _COMMAND.finditer(text)]
    if not commands:
        return text
    parts, at = [], 0
    for slash in _outside(commands, found_links(text)):
        parts.append(text[at : slash + 1])
        at = slash + 1
    return _WORD_JOINER.join([*parts, text[at:]])


def _outside(places: list[int], spans: Iterator[tuple[int, int]]) -> Iterator[int]:
    start, end = -1, -1
    for place in places:
        while end <= place and (span := next(spans, None)):
            start, end = span
        if not start <= place < end:
            yield place


def one_line(text: str, most: int | None = None) -> str:
    """Return a text as one line that cannot reverse the direction of the rest of its line.

    With `most`, a longer text is cut to that many characters, never inside a grapheme.
    """
    return _isolated(without_commands(_cut(_line(text), most)))


def inert(text: str, most: int | None = None) -> str:
    """The same, without links, mentions and hashtags."""
    return _isolated(without_commands(_unlinked(_cut(_line(text), most))))


def plain_line(text: str) -> str:
    """Return a text as one line without invisible characters, for programs; it is not yet inert."""
    return _line(text)


def file_name(text: str, default: str) -> str:
    """Return the name of a file as one line without links; `default` if it looks blank."""
    if is_blank(text):
        return default
    line = _line(text)
    kind = _KIND_OF_FILE.search(line)
    end = kind.start() if kind else len(line)
    return _isolated(without_commands(_unlinked(line[:end]) + line[end:]))


def name(text: str, default: str = "—", most: int | None = None) -> str:
    """Return a name for a line of ours; one that looks like such a line is put in quotes.

    `default` replaces a name that looks blank.
    """
    if is_blank(text):
        return default
    shown, seen = inert(text, most), _INVISIBLE.sub("", _line(text)).lstrip()
    if _BEGINS_LIKE_OURS.match(seen) or _READS_LIKE_OURS.search(seen):
        return f"“{shown}”"
    return shown


def short_name(text: str, default: str = "—") -> str:
    """Return a name of at most 40 characters, for a button or a line of ours."""
    return name(text, default, 40)


def is_blank(text: str) -> bool:
    """Whether a text has no visible characters."""
    return _EMPTY_TO_THE_EYE.fullmatch(text) is not None


def _line(text: str) -> str:
    line = _CONTROL.sub(" ", _BREAK.sub(" ", text))
    return _LOOKS_BLANK.sub(" ", _NO_WIDTH.sub("", _DIRECTION.sub("", line))).strip()


def _cut(line: str, most: int | None) -> str:
    if most is None or len(line) <= most:
        return line
    end = 0
    for cluster in regex.finditer(r"\X", line[: most + 1]):
        if cluster.end() > most - 1:
            break
        end = cluster.end()
    cut = line[: end or most - 1].rstrip()
    for start, end in found_links(line):
        if start < len(cut) < end:  # a part of a link is another link
            cut = cut[:start].rstrip() or _unlinked(cut)
            break
    return cut + "…"


def _unlinked(line: str) -> str:
    return _WOULD_BE_A_LINK.sub(rf"\g<0>{_WORD_JOINER}", line)


def _isolated(line: str) -> str:
    return f"\u2068{line}\u2069" if _RIGHT_TO_LEFT.search(line) else line
