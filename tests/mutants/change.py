"""One change of one place in a file, and what a place may be changed to."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "comparison", "bound", "logic", "not", "sign", "number", "word", "truth", "call", "extreme"
]

FLIPPED = {
    "==": "!=",
    "!=": "==",
    "~=": "==",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
    "is": "is not",
    "is not": "is",
    "in": "not in",
    "not in": "in",
}
OFF_BY_THE_BOUND = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
OTHER = {"and": "or", "or": "and", "+": "-", "-": "+", "min": "max", "max": "min"}
OPPOSITE = {"true": "false", "false": "true", "True": "False", "False": "True"}


@dataclass(frozen=True)
class Change:
    """Put `new` in the place of `text[start:end]`."""

    path: str
    start: int
    end: int
    new: str
    kind: Kind

    def applied(self, text: str) -> str:
        """Return the file's text with the change."""
        return text[: self.start] + self.new + text[self.end :]

    def line_of(self, text: str) -> int:
        """Return the number of the line where it begins."""
        return text.count("\n", 0, self.start) + 1


@dataclass(frozen=True)
class Place:
    """A place of a file, with each change that may be made there."""

    changes: tuple[Change, ...]


def one_more(number: str) -> str:
    """Return the next number, written as it was: a fraction stays one."""
    return repr(float(number) + 1) if "." in number or "e" in number else str(int(number, 0) + 1)


def of_comparison(
    path: str, start: int, end: int, operator: str, *, not_equal: str, is_of_time: bool
) -> Place:
    """Return what becomes of a comparison.

    Where moments are compared, only the flipped one: two of them are equal for a millisecond, and
    whatever is done in it, nobody notices.
    """
    flipped = FLIPPED[operator].replace("!=", not_equal)
    changes = [Change(path, start, end, flipped, "comparison")]
    if operator in OFF_BY_THE_BOUND and not is_of_time:
        changes.append(Change(path, start, end, OFF_BY_THE_BOUND[operator], "bound"))
    return Place(tuple(changes))
