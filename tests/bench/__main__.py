"""`python -m bench [part …]`: measures, and writes docs/benchmarks.md with its plots."""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench import (
    accepting,
    answers,
    budget,
    claims,
    fanout,
    hour,
    idle,
    lies,
    memory,
    redis_time,
    report,
    routing,
    scraping,
    singles,
    strangers,
)
from bench.place import TESTS, a_place
from older_version import install_older_version

PARTS = {
    "idle": idle.measure,
    "fanout": fanout.measure,
    "singles": singles.measure,
    "budget": budget.measure,
    "accepting": accepting.measure,
    "memory": memory.measure,
    "claims": claims.measure,
    "strangers": strangers.measure,
    "redis": redis_time.measure,
    "hour": hour.measure,
    "lies": lies.measure,
    "routing": routing.measure,
    "scraping": scraping.measure,
    "answers": answers.measure,
}
DOCS = Path(__file__).parents[2] / "docs"


def main() -> None:
    """Measure the parts named, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all")
    parser.add_argument("--quick", action="store_true", help="a smoke run, without peers")
    parser.add_argument("--to", type=Path, default=DOCS, help="the folder to write; docs")
    parser.add_argument(
        "--beside", metavar="COMMIT", help="another version, for redis, hour and lies"
    )
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(unknown)}; choose from {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory(prefix="onduty-beside-") as folder:
        beside = {}
        if options.beside:
            beside = install_older_version(Path(folder), options.beside)
            beside["PYTHONPATH"] += f"{os.pathsep}{TESTS}"
        parts = options.parts or list(PARTS)
        asyncio.run(run(parts, options.to, beside, is_quick=options.quick))


async def run(
    names: Sequence[str], folder: Path, beside: dict[str, str], *, is_quick: bool
) -> None:
    """Measure these parts one after the other; each is written when it is there."""
    async with a_place() as place:
        place.beside = beside
        for name in names:
            began = time.monotonic()
            part = await PARTS[name](place, is_quick=is_quick)
            part.is_quick = is_quick
            parts = report.keep(folder, part)
            await report.write(folder, parts.values(), place.redis)
            if part.plots and not is_quick:
                from bench.plots import draw  # noqa: PLC0415 - only `make bench` installs it

                draw(folder / "bench", part.plots)
            print(f"{part.title}: {time.monotonic() - began:.0f} s")  # noqa: T201 - told to a person


if __name__ == "__main__":
    main()
