"""The sandbox is a Telegram for any bot: it has no word of the desk that is tried out on it."""

import re
from pathlib import Path

import pytest

SANDBOX = Path(__file__).parents[2] / "services" / "sandbox" / "onduty_sandbox"
OF_THE_DESK = re.compile(
    r"customer|dispatcher|operator|phrase|\bdesk\b|on duty|off duty", re.IGNORECASE
)
NOT_OURS = re.compile(r"HTTPStatus\(status\)\.phrase")
"""Python's own name for the words of an HTTP status."""
FILES = [path for path in SANDBOX.rglob("*") if path.suffix in {".py", ".js", ".css", ".html"}]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SANDBOX)))
def test_it_knows_no_word_of_the_desk(path: Path) -> None:
    """Neither in its program nor in its page: whoever adds to the page brings those words."""
    assert OF_THE_DESK.findall(NOT_OURS.sub("", path.read_text())) == []


def test_all_its_files_are_read() -> None:
    """So that a file which is moved is still looked at."""
    names = {path.name for path in FILES}
    assert {"__main__.py", "server.py", "main.js", "index.html", "phone.css"} <= names
