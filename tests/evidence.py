"""What a failed test leaves to be read: the last lines of its processes' logs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

HAS_FAILED = pytest.StashKey[bool]()
"""On a test's item, from the end of its call: for a fixture that has something to show then."""

LAST_LINES = 40
_LOGS = ("*.log", "*.out")


def last_words(folder: Path) -> Iterator[tuple[str, str]]:
    """Give each log below the folder by its path, with its last lines."""
    for log in sorted(path for kind in _LOGS for path in folder.rglob(kind)):
        lines = log.read_text(errors="replace").splitlines()
        if lines:
            yield f"the end of {log}", "\n".join(lines[-LAST_LINES:])
