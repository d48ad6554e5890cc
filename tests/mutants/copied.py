"""A copy of the work tree in which a change is made and tests run; the work tree stays as it is."""

import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from mutants.change import Change

DISTRIBUTIONS = (
    *("shared/client", "shared/desk", "services/bot", "services/dispatcher"),
    *("services/sandbox", "services/demo"),
)
WITHIN_S = 600
"""For all tests of a room; who hangs is caught earlier, by the limit for one test."""

ONE_TEST_WITHIN_S = 90
_FAILED = re.compile(r"^(?:FAILED|ERROR) (tests/[^\s\[]+(?:\[.*?\])?)(?: - |$)", re.MULTILINE)
_PASSED, _FAILED_ONE, _CUT_SHORT = 0, 1, 2


class NotTheCopy(Exception):  # noqa: N818 - told to a person
    """Tests in the copy would run other code than the copy's."""


class Copy:
    """A copy of the files that git knows or would know, with a Python that imports from there."""

    def __init__(self, source: Path, folder: Path) -> None:
        self._folder = folder
        self._written_at = int(time.time())
        listed = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        done = subprocess.run(listed, cwd=source, check=True, capture_output=True, text=True)
        for name in done.stdout.split("\0"):
            if name and (source / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / name, folder / name)
        self._python = _make_python(folder)
        self._make_sure()

    def failing(self, change: Change, tests: Sequence[str]) -> str:
        """Return the first test that fails with the change; empty if none does.

        It has to fail twice, for the machine may be busy; else the files behind it are asked.
        """
        left = list(tests)
        with self._changed(change):
            while left:
                failed = self._first_failing(left)
                file = failed.partition("::")[0]
                if file not in left or self._first_failing([failed]):
                    return failed
                left = left[left.index(file) + 1 :]
        return ""

    def _first_failing(self, tests: Sequence[str]) -> str:
        code, said = self._run("-x", *tests)
        if code == _PASSED:
            return ""
        failed = _FAILED.search(said)
        return failed[1] if failed else said.strip().rpartition("\n")[2]

    def failing_anyhow(self, tests: Collection[str]) -> set[str]:
        """Return which of the tests fail without any change, because the machine is busy."""
        if not tests:
            return set()
        code, said = self._run(*tests)
        return set() if code == _PASSED else set(_FAILED.findall(said))

    @contextmanager
    def _changed(self, change: Change) -> Iterator[None]:
        text = (self._folder / change.path).read_text(encoding="utf-8")
        self._write(change.path, change.applied(text))
        try:
            yield
        finally:
            self._write(change.path, text)

    def _write(self, path: str, text: str) -> None:
        """Write a file, in a second of its own: of the same length, it would not be compiled."""
        file = self._folder / path
        file.write_text(text, encoding="utf-8")
        self._written_at += 1
        os.utime(file, (self._written_at, self._written_at))

    def _run(self, *arguments: str) -> tuple[int, str]:
        options = ("-q", "-p", "no:cacheprovider", f"--timeout={ONE_TEST_WITHIN_S}")
        running = subprocess.Popen(
            [self._python, "-m", "pytest", *options, *arguments],
            cwd=self._folder,
            env={n: value for n, value in os.environ.items() if not n.startswith("PYTHON")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            said, _ = running.communicate(timeout=WITHIN_S)
        except subprocess.TimeoutExpired:
            return _FAILED_ONE, f"not through within {WITHIN_S} s"
        finally:
            _end_all_of(running)
        if running.returncode not in {_PASSED, _FAILED_ONE, _CUT_SHORT}:
            raise RuntimeError(f"pytest ended with {running.returncode}:\n{said[-2_000:]}")
        return running.returncode, said

    def _make_sure(self) -> None:
        """Look where code comes from, in a process that gets nothing of this one's.

        Raises:
            NotTheCopy: from elsewhere.
        """
        names = [
            path.name
            for distribution in DISTRIBUTIONS
            for path in (self._folder / distribution).glob("onduty*")
        ]
        asked = f"import {', '.join(names)}\nfor each in ({', '.join(names)}): print(each.__file__)"
        done = subprocess.run(
            [self._python, "-c", asked], cwd="/", env={}, check=True, capture_output=True, text=True
        )
        elsewhere = [
            path for path in done.stdout.splitlines() if not Path(path).is_relative_to(self._folder)
        ]
        if elsewhere:
            raise NotTheCopy(f"not in {self._folder}: {', '.join(elsewhere)}")


@contextmanager
def copy_of(source: Path) -> Iterator[Copy]:
    """Make a copy that is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="onduty-mutant-") as folder:
        yield Copy(source, Path(folder).resolve())


def _make_python(folder: Path) -> Path:
    """Return a Python that has what this one has, and ours from the copy.

    Processes that tests start have no environment of this one's, so PYTHONPATH would not reach
    them. Of a folder that a .pth file names, the .pth files are not read: ours are not found there.
    """
    own = folder / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", own], check=True)
    python = own / "bin" / "python"
    paths = sysconfig.get_path("purelib", vars={"base": str(own)})
    lines = [
        *(str(folder / distribution) for distribution in DISTRIBUTIONS),
        sysconfig.get_path("purelib"),
    ]
    (Path(paths) / "copied.pth").write_text("\n".join(lines) + "\n")
    return python


def _end_all_of(running: subprocess.Popen[str]) -> None:
    """End also what a test that was cut off had started."""
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()
