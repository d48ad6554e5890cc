"""The version of the desk that was released last, to work beside today's on one Redis."""

import io
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

COMMIT = "5edb94e7a7fe784bbd4961635db57cda246ee523"
"""What is upgraded from. With each release this moves on to the commit of that release, and not
before: until then it is what people run, and whatever comes to main must work beside it."""

NOT_TESTED = (
    f"The rolling upgrade was NOT tested: it takes a clone with its history, to run {COMMIT[:7]}"
    " beside this version; git fetch --unshallow completes one"
)

ROOT = Path(__file__).parents[1]
DISTRIBUTIONS = ("shared/client", "shared/desk", "services/bot", "services/dispatcher")
PACKAGES = ("onduty", "onduty_desk", "onduty_bot", "onduty_dispatcher")


def install_older_version(folder: Path, commit: str = COMMIT) -> dict[str, str]:
    """Install it, or another, from git's history; return the environment in which Python runs it.

    It runs with today's libraries. Where there is no history, in a shallow clone or without git,
    the test is skipped, and says so; in a complete clone without that commit it fails.
    """
    try:
        source = _git("archive", "--format=zip", commit, *DISTRIBUTIONS)
    except FileNotFoundError:
        pytest.skip(f"{NOT_TESTED} (there is no git here)")
    except subprocess.CalledProcessError as error:
        told = f"{NOT_TESTED} ({error.stderr.decode().strip()})"
        if _is_complete():
            pytest.fail(told)
        pytest.skip(told)
    with zipfile.ZipFile(io.BytesIO(source)) as packed:
        packed.extractall(folder / "source")
    for name in DISTRIBUTIONS:
        _install(folder / "source" / name, folder / "installed")
    environment = {"PYTHONPATH": str(folder / "installed")}
    _check_that_it_is_what_runs(folder, environment)
    return environment


def _git(*arguments: str) -> bytes:
    trusted = f"safe.directory={ROOT}"  # in a container the files may be somebody else's
    command = ["git", "-c", trusted, "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, check=True).stdout


def _is_complete() -> bool:
    try:
        return _git("rev-parse", "--is-shallow-repository").strip() == b"false"
    except subprocess.CalledProcessError:
        return False


def _install(project: Path, target: Path) -> None:
    """Build the wheel and unpack it there: pip does no more, in a dozen processes."""
    for wheel in WheelBuilder(str(project)).build(directory=str(project / "dist")):
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(target)


def _check_that_it_is_what_runs(folder: Path, environment: Mapping[str, str]) -> None:
    """Today's packages are installed too, by paths that must come after these."""
    program = f"import {', '.join(PACKAGES)}\nfor it in ({', '.join(PACKAGES)}): print(it.__file__)"
    command = [sys.executable, "-c", program]
    told = subprocess.run(command, env=environment, cwd=folder, stdout=subprocess.PIPE, check=True)
    found = [Path(line) for line in told.stdout.decode().splitlines()]
    assert len(found) == len(PACKAGES)
    assert all(path.is_relative_to(folder) for path in found), found
