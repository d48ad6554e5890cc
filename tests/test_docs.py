"""What the documentation names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
FOLDERS = ("shared", "services", "examples", "tests", "docs")
CODE = [
    path.relative_to(ROOT).as_posix()
    for folder in FOLDERS
    for pattern in ("*.py", "*.lua", "*.js")
    for path in (ROOT / folder).rglob(pattern)
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_exist(page: Path) -> None:
    """A reader who looks for one finds it; the changelog names what was so once."""
    text = page.read_text()
    files = re.findall(r"`([\w/.-]+\.(?:py|lua|js))`", text)
    paths = re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w/.-]+)`", text)
    missing = [name for name in files if not any(f"/{path}".endswith(f"/{name}") for path in CODE)]
    missing += [name for name in paths if not (ROOT / name).exists()]
    assert page.name == "CHANGELOG.md" or missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """Relative links only: others are not ours."""
    links = re.findall(r"\]\(((?!https?:|mailto:|#)[^)#\s]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []
