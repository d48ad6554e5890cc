"""Changes the code at random places, one at a time: `python -m mutants --seed 7 --count 60`."""

import argparse
import difflib
import random
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from time import monotonic

from mutants import lua, python
from mutants.change import Change, Place
from mutants.copied import Copy, copy_of
from mutants.excused import reason_for
from mutants.rooms import changed_files, look_through, tests_of

ROOT = Path(__file__).parents[2]
ENOUGH = 0.9
"""So many of the changes should make a test fail."""


@dataclass(frozen=True)
class Tried:
    """A change, and the test that failed for it, if any."""

    number: int
    change: Change
    failed: str
    note: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 if enough of the changes made a test fail."""
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=1, help="so many side by side")
    parser.add_argument("--only", metavar="GLOB", default="*", help="files to change")
    parser.add_argument(
        "--numbers", type=int, nargs="+", metavar="N", help="of these changes, as they are listed"
    )
    parser.add_argument("--list", action="store_true", help="show the changes, run nothing")
    options = parser.parse_args(arguments)
    look_through(ROOT)
    changes, excused = picked(options.seed, options.count, options.only)
    numbered = {
        number: change
        for number, change in enumerate(changes, 1)
        if number in (options.numbers or range(1, len(changes) + 1))
    }
    if options.list:
        for number, change in numbered.items():
            _say(f"{number}:\n{_shown(change)}")
    tried = [] if options.list else _try(numbered, options.jobs)
    for change, reason in excused:
        _say(f"excused: {reason}\n{_shown(change)}")
    if not tried:
        return 0
    return _conclude(tried)


@cache
def places(only: str = "*") -> tuple[Place, ...]:
    """Return every place that may be changed, file by file."""
    found: list[Place] = []
    for path in changed_files(ROOT):
        if fnmatchcase(path, only):
            read = lua.places if path.endswith(".lua") else python.places
            found += read(path, _text(path))
    return tuple(found)


def picked(seed: int, count: int, only: str = "*") -> tuple[list[Change], list[tuple[Change, str]]]:
    """Return `count` changes, or all there are, and beside them those that were excused."""
    chance = random.Random(seed)  # noqa: S311 - it should be the same each time
    everywhere = list(places(only))
    chance.shuffle(everywhere)
    changes: list[Change] = []
    excused: list[tuple[Change, str]] = []
    for place in everywhere:
        if len(changes) == count:
            break
        change = chance.choice(place.changes)
        if reason := reason_for(change, _text(change.path)):
            excused.append((change, reason))
        else:
            changes.append(change)
    return changes, excused


def _try(changes: Mapping[int, Change], jobs: int) -> list[Tried]:
    """Try each change, and tell of each as soon as it is known."""
    tests = {change.path: tests_of(change.path, ROOT) for change in changes.values()}
    with ExitStack() as stack:
        free: SimpleQueue[Copy] = SimpleQueue()
        for _ in range(jobs):
            free.put(stack.enter_context(copy_of(ROOT)))

        def one(number: int, change: Change) -> Tried:
            copy, began = free.get(), monotonic()
            try:
                tried = Tried(number, change, copy.failing(change, tests[change.path]))
            finally:
                free.put(copy)
            _say(f"{monotonic() - began:4.0f} s  {_row(tried)}")
            return tried

        with ThreadPoolExecutor(jobs) as side_by_side:
            tried = list(side_by_side.map(one, changes, changes.values()))
        failed = {each.failed for each in tried if "::" in each.failed}
        anyhow = free.get().failing_anyhow(failed)
    return [
        replace(each, failed="", note=f"{each.failed} fails anyhow")
        if each.failed in anyhow
        else each
        for each in tried
    ]


def _conclude(tried: Sequence[Tried]) -> int:
    survivors = [each for each in tried if not each.failed]
    _say("")
    for each in sorted(tried, key=lambda each: (not each.failed, each.change.path)):
        _say(_row(each))
    for each in survivors:
        _say(f"\nsurvived: {each.number}\n{_shown(each.change)}")
    share = 1 - len(survivors) / len(tried)
    _say(f"\n{len(tried) - len(survivors)} of {len(tried)} made a test fail: {share:.0%}")
    return 0 if share >= ENOUGH else 1


def _row(tried: Tried) -> str:
    change = tried.change
    where = f"{change.path}:{change.line_of(_text(change.path))}"
    came = "killed  " if tried.failed else "SURVIVED"
    return f"{tried.number:3}  {came}  {change.kind:10}  {where}  {tried.failed or tried.note}"


def _shown(change: Change) -> str:
    before = _text(change.path)
    lines = difflib.unified_diff(
        before.splitlines(),
        change.applied(before).splitlines(),
        f"{change.path}:{change.line_of(before)}",
        change.kind,
        n=1,
        lineterm="",
    )
    return "\n".join(lines)


def _text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - told to a person


if __name__ == "__main__":
    sys.exit(main())
