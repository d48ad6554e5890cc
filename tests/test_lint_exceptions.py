"""An exception from a lint rule says why, so that nobody copies it without the reason."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = ("shared", "services", "examples", "tests")

EXCEPTION = re.compile(r"#\s*noqa\b.*")
WITH_REASON = re.compile(r"\S noqa: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* - \S.*")


def test_every_lint_exception_names_its_rule_and_its_reason() -> None:
    """In the line itself, behind the rule."""
    lines = [
        f"{file.relative_to(ROOT)}: {found[0]}"
        for folder in FOLDERS
        for file in (ROOT / folder).rglob("*.py")
        for found in EXCEPTION.finditer(file.read_text())
        if not WITH_REASON.fullmatch(found[0])
    ]
    assert lines == []
