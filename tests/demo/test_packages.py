"""`make run` installs what it needs, in the versions that are tested, and no more."""

import re
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REQUIREMENTS = Path(__file__).parents[2] / "requirements"
OURS = {"onduty", "onduty-desk", "onduty-bot", "onduty-dispatcher", "onduty-sandbox", "onduty-demo"}
PINNED = re.compile(r"^([\w.-]+==[^ ]+)", re.MULTILINE)


def pins(name: str) -> set[str]:
    return {*PINNED.findall((REQUIREMENTS / f"{name}.txt").read_text())}


def needed(name: str, found: set[str]) -> set[str]:
    """Return everything that a distribution needs here, directly or not."""
    for text in requires(name) or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            wanted = canonicalize_name(requirement.name)
            if wanted not in found:
                found.add(wanted)
                needed(wanted, found)
    return found


def test_the_versions_are_the_tested_ones() -> None:
    """So `make setup` after `make run` only adds packages, and the other way changes nothing."""
    assert pins("services") < pins("run") < pins("dev")


def test_nothing_is_missing() -> None:
    """Nor does pip look for it: it is told to install this list and nothing else."""
    names = {pin.partition("==")[0] for pin in pins("run")}
    assert needed("onduty-demo", set()) - OURS <= names


def test_nothing_for_tests_and_checks_is_among_them() -> None:
    """Whoever only wants to see it waits for no linter and no browser's driver."""
    names = {pin.partition("==")[0] for pin in pins("run")}
    assert not names & {"mypy", "playwright", "pytest", "ruff", "uv"}
