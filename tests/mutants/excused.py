"""Changes that no test need notice, each with its reason."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mutants.change import Change


@dataclass(frozen=True)
class Excuse:
    """A change of this kind, or of any, in a line that holds the words."""

    files: str
    kind: str
    line: str
    reason: str


EXCUSES = (
    Excuse(
        "*",
        "number",
        r"\b\w+_(US|MS|S)\b = \d\d",
        "a wait that is one of its unit longer: nobody can notice",
    ),
    Excuse(
        "*.lua",
        "number",
        r"'(PX|EX)', \d\d",
        "what expires does so one of its unit later: nobody can notice",
    ),
    Excuse(
        "*.lua",
        "number",
        r"^local (MOST|ENOUGH)_\w+ = \d\d",
        "how much one call does: one more is as good",
    ),
)


def reason_for(change: Change, text: str) -> str | None:
    """Return why a change need not be noticed; None if a test should fail for it."""
    line = text.splitlines()[change.line_of(text) - 1]
    for excuse in EXCUSES:
        if (
            fnmatchcase(change.path, excuse.files)
            and fnmatchcase(change.kind, excuse.kind)
            and re.search(excuse.line, line)
        ):
            return excuse.reason
    return None
