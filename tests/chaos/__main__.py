"""`python -m chaos`: one bounded run, one table; exits 1 when anything is not as it must be."""

import argparse
import asyncio
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from chaos.answering.races import race_to_answer, rows_of_rounds
from chaos.plan import Plan, full
from chaos.races import race_by_polling, race_by_webhook, rows_of_races
from chaos.run import Result, run
from chaos.table import Row, is_as_it_must_be, rows, written


def main() -> int:
    """Run it; return the exit code."""
    options = _parser().parse_args()
    folder = Path(tempfile.mkdtemp(prefix="onduty-chaos-"))
    began = time.monotonic()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - began:4.0f} s  {what}", flush=True)  # noqa: T201 - to a person

    tell(f"seed {options.seed}; logs in {folder}")
    try:
        result, raced = asyncio.run(
            _until_told_to_stop(options.seed, options.seconds, folder, tell)
        )
    except (KeyboardInterrupt, asyncio.CancelledError):
        shutil.rmtree(folder)
        tell("stopped; every process has ended")
        return 130
    table = [*rows(result), *raced]
    print(f"\n{written(table)}\n")  # noqa: T201 - the result
    if not is_as_it_must_be(table):
        tell(f"✗ not as it must be; run it again with --seed {options.seed}; logs in {folder}")
        return 1
    shutil.rmtree(folder)
    tell("✓ as it must be")
    return 0


async def _until_told_to_stop(
    seed: int, seconds: int, folder: Path, tell: Callable[[str], None]
) -> tuple[Result, list[Row]]:
    """Ctrl-C and SIGTERM cancel the run, once, which ends its processes on the way out."""
    task = asyncio.ensure_future(_run(full(seed, seconds), folder, tell))

    def stop() -> None:
        if not task.cancelling():
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    return await task


async def _run(plan: Plan, folder: Path, tell: Callable[[str], None]) -> tuple[Result, list[Row]]:
    """Disturb everything, and then, undisturbed, let everybody tap, and answer, at once."""
    webhook, polling, answers = (folder / name for name in ("webhook", "polling", "answers"))
    for one in (webhook, polling, answers):
        one.mkdir()
    result = await run(plan, folder, tell)
    return result, [
        *rows_of_races(await race_by_webhook(plan, webhook, tell)),
        *rows_of_races(await race_by_polling(plan, polling, tell)),
        *rows_of_rounds(await race_to_answer(plan, answers, tell)),
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--seconds", type=int, default=210, help="about; default: %(default)s")
    return parser


if __name__ == "__main__":
    sys.exit(main())
