"""Draws what operators' phones show, for a terminal."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from wcwidth import wcswidth, wcwidth

NARROWEST = 24
WIDEST = 44
_REMOVED = "(removed from the chat)"
_TURNS_DIRECTION = dict.fromkeys(
    map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
)


@dataclass(frozen=True)
class Bubble:
    """One message as a phone shows it."""

    text: str
    is_from_bot: bool
    is_deleted: bool = False


def draw_phones(phones: Sequence[tuple[str, Sequence[Bubble]]], columns: int) -> str:
    """Draw phones side by side, or one below the other where the terminal is too narrow."""
    width = min(WIDEST, (columns - 2 * (len(phones) - 1)) // len(phones))
    if width < NARROWEST:
        width = max(NARROWEST, min(WIDEST, columns))
        return "\n".join("\n".join(_phone(name, bubbles, width)) for name, bubbles in phones)
    drawn = [_phone(name, bubbles, width) for name, bubbles in phones]
    height = max(len(lines) for lines in drawn)
    for lines in drawn:
        lines[-1:-1] = [_framed("", width)] * (height - len(lines))
    return "\n".join("  ".join(row) for row in zip(*drawn, strict=True))


def _phone(name: str, bubbles: Sequence[Bubble], width: int) -> list[str]:
    title = f" {name} "
    lines = ["╭─" + title + "─" * (width - 3 - _width(title)) + "╮"]
    for bubble in bubbles:
        text = _REMOVED if bubble.is_deleted else bubble.text
        for line in _wrapped(text, width - 10):
            shown = f"│ {line}" if bubble.is_from_bot else line
            pad = "" if bubble.is_from_bot else " " * (width - 4 - _width(line))
            lines.append(_framed(pad + shown, width))
        lines.append(_framed("", width))
    if bubbles:
        lines.pop()
    return [*lines, "╰" + "─" * (width - 2) + "╯"]


def _framed(text: str, width: int) -> str:
    return f"│ {text}{' ' * (width - 4 - _width(text))} │"


def _wrapped(text: str, width: int) -> list[str]:
    """Wrap at spaces, measuring as a terminal does: an emoji takes two columns."""
    wrapped = []
    for paragraph in text.splitlines() or [""]:
        line = ""
        for word in _harmless(paragraph).split(" "):
            together = f"{line} {word}" if line else word
            if _width(together) <= width:
                line = together
                continue
            if line:
                wrapped.append(line)
            *full, line = _broken(word, width)
            wrapped += full
        wrapped.append(line)
    return wrapped


def _harmless(line: str) -> str:
    """Leave out what would steer the reader's terminal, or turn the frame around."""
    shown = line.replace("\t", " ").translate(_TURNS_DIRECTION)
    return "".join(character for character in shown if unicodedata.category(character) != "Cc")


def _broken(word: str, width: int) -> list[str]:
    pieces, piece = [], ""
    for character in word:
        if piece and _width(piece + character) > width:
            pieces.append(piece)
            piece = ""
        piece += character
    return [*pieces, piece]


def _width(text: str) -> int:
    width = wcswidth(text)
    return width if width >= 0 else sum(max(wcwidth(character), 0) for character in text)
