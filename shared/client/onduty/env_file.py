"""Reads `.env` like python-dotenv, which the services use and the client does not depend on."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLANK = re.compile(r"\s*")
_SPACE = re.compile(r"[^\S\r\n]*")
_EXPORT = re.compile(r"(?:export[^\S\r\n]+)?")
_NAME = re.compile(r"'(?P<quoted>[^']+)'|(?P<plain>[^'=#\s][^=#\s]*)|(?=#)")
_QUOTED = {
    "'": (re.compile(r"'((?:\\.|[^'\\])*)'", re.DOTALL), re.compile(r"\\[\\']")),
    '"': (re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL), re.compile(r"\\[\\'\"abfnrtv]")),
}
_PLAIN = re.compile(r"[^\r\n]*")
_COMMENT = re.compile(r"\s+#.*")
_END = re.compile(r"(?:[^\S\r\n]*#[^\r\n]*)?[^\S\r\n]*(?:\r\n|\n|\r|$)")
_REST = re.compile(r"[^\r\n]*(?:\r|\n|\r\n)?")
_REFERENCE = re.compile(r"\$\{(?P<name>[^}:]*)(?::-(?P<default>[^}]*))?\}")
_ESCAPED = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))


class FileUnreadable(Exception):  # noqa: N818 - its text is shown to a person
    """A file of settings cannot be read; the text says which, and what to do."""


@dataclass(frozen=True)
class Line:
    """One setting of a file, or a line that holds none."""

    number: int
    text: str
    name: str | None = None
    value: str | None = None
    is_cut: bool = False
    """A comment begins where an unquoted value might have gone on."""
    is_readable: bool = True


def read_env_file(path: Path) -> dict[str, str]:
    """Return the settings of a file, with each `${NAME}` replaced; none if there is no file.

    Raises:
        FileUnreadable: the file exists and cannot be read.
    """
    known: dict[str, str | None] = dict(os.environ)
    found: dict[str, str | None] = {}

    def meant(reference: re.Match[str]) -> str:
        return known.get(reference["name"], reference["default"]) or ""

    for line in lines_of(read_file(path)) if path.is_file() else ():
        if line.name is not None:
            found[line.name] = line.value and _REFERENCE.sub(meant, line.value)
            known[line.name] = found[line.name]
    return {name: value for name, value in found.items() if value is not None}


def read_file(path: Path) -> str:
    """Return what a file of settings holds.

    Raises:
        FileUnreadable: this user may not read it, or it is not UTF-8.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileUnreadable(f"{path}: {error.strerror}; let this user read it") from None
    try:
        if b"\0" in content:
            raise FileUnreadable(f"{path} is not UTF-8 but perhaps UTF-16; save it as UTF-8")
        return content.decode().replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise FileUnreadable(
            f"{path} is not UTF-8 but perhaps Latin-1 or Windows-1252; save it as UTF-8"
        ) from None


def lines_of(text: str) -> Iterator[Line]:
    """Yield the lines of a text, without replacing anything in them, in order."""
    at = 1 if text.startswith("\ufeff") else 0  # a byte order mark
    while at < len(text):
        begin = _after(_BLANK, text, at)
        if begin == len(text):
            return
        line, at = _line(text, begin)
        yield line


def _line(text: str, begin: int) -> tuple[Line, int]:
    number = len(re.findall(r"\r\n|\n|\r", text[:begin])) + 1
    at = _after(_EXPORT, text, begin)
    if name := _NAME.match(text, at):
        value, is_cut = None, False
        at = _after(_SPACE, text, name.end())
        if text[at : at + 1] == "=":
            value, is_cut, at = _value(text, at + 1)
        if at >= 0 and (end := _END.match(text, at)):
            shown = text[begin : end.end()].strip()
            found = name["quoted"] or name["plain"]
            return Line(number, shown, found, value, is_cut), end.end()
    rest = _after(_REST, text, begin)
    return Line(number, text[begin:rest].strip(), is_readable=False), rest


def _value(text: str, begin: int) -> tuple[str | None, bool, int]:
    """Return a value, whether it was cut, and where it ends: -1 if its quotes do not."""
    at = _after(_SPACE, text, begin)
    first = text[at : at + 1]
    if at > begin and first == "#":
        return "", True, at
    if first in _QUOTED:
        quoted, escape = _QUOTED[first]
        if (found := quoted.match(text, at)) is None:
            return None, False, -1
        value = escape.sub(lambda pair: _ESCAPED.get(pair[0][1], pair[0][1]), found[1])
        return value, False, found.end()
    end = _after(_PLAIN, text, at)
    whole = text[at:end]
    value = _COMMENT.sub("", whole)
    return value.rstrip(), value != whole, end


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
