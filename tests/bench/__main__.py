"""`python -m bench [part …]`: measures, and writes docs/benchmarks.md with its plots."""

import argparse
import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from bench import accepting, budget, claims, fanout, idle, memory, report, singles, strangers
from bench.place import a_place

PARTS = {
    "idle": idle.measure,
    "fanout": fanout.measure,
    "singles": singles.measure,
    "budget": budget.measure,
    "accepting": accepting.measure,
    "memory": memory.measure,
    "claims": claims.measure,
    "strangers": strangers.measure,
}
DOCS = Path(__file__).parents[2] / "docs"


def main() -> None:
    """Measure the parts named, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all")
    parser.add_argument("--quick", action="store_true", help="a smoke run, without peers")
    parser.add_argument("--to", type=Path, default=DOCS, help="the folder to write; docs")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(unknown)}; choose from {', '.join(PARTS)}")
    asyncio.run(run(options.parts or list(PARTS), options.to, is_quick=options.quick))


async def run(names: Sequence[str], folder: Path, *, is_quick: bool) -> None:
    """Measure these parts one after the other; each is written when it is there."""
    async with a_place() as place:
        for name in names:
            began = time.monotonic()
            part = await PARTS[name](place, is_quick=is_quick)
            part.is_quick = is_quick
            parts = report.keep(folder, part)
            await report.write(folder, parts.values(), place.redis)
            if not is_quick:
                from bench.plots import draw  # noqa: PLC0415 - only `make bench` installs it

                draw(folder / "bench", part.plots)
            print(f"{part.title}: {time.monotonic() - began:.0f} s")  # noqa: T201 - told to a person


if __name__ == "__main__":
    main()
