"""`onduty failed list`: a line for each failure, or a line of JSON."""

import argparse
import json
import re
import sys
from collections.abc import AsyncIterator

from redis.asyncio import Redis

from onduty_desk.cli.failed_rows import HEADER, Row, rows_of
from onduty_desk.cli.shell import complain, say
from onduty_desk.failures.failures import Failure, Failures

SHOWN = 20
_A_PAGE = 200


async def list_failures(redis: Redis, options: argparse.Namespace) -> int:
    """Print the newest, or all, or those of a kind; print on stderr how many there are."""
    failures = Failures(redis)
    count, shown, widths = await failures.count(), 0, [0] * len(HEADER)
    async for rows in _pages(redis, failures, options):
        if options.json:
            for row in rows:
                say(json.dumps(row.as_json))
        else:
            _print_table([*([] if shown else [HEADER]), *(row.cells for row in rows)], widths)
        shown += len(rows)
    sys.stdout.flush()
    complain(_how_many(shown, count, options.kind))
    return 0


def _how_many(shown: int, count: int, kind: str | None) -> str:
    if not count:
        return "nothing was given up"
    if kind:
        return f"{shown} of kind {kind}, of {count} in all"
    if shown < count:
        return f"the newest {shown} of {count}; --all shows {count - shown} more"
    return f"{count} in all"


async def _pages(
    redis: Redis, failures: Failures, options: argparse.Namespace
) -> AsyncIterator[list[Row]]:
    if not options.all and not options.kind:
        if newest := await failures.newest(SHOWN):
            yield await rows_of(redis, newest)
        return
    page: list[tuple[str, Failure]] = []
    async for failure_id, failure in chosen(failures, options.kind):
        page.append((failure_id, failure))
        if len(page) == _A_PAGE:
            yield await rows_of(redis, page)
            page = []
    if page:
        yield await rows_of(redis, page)


async def chosen(
    failures: Failures, kind: str | None, reason: re.Pattern[str] | None = None
) -> AsyncIterator[tuple[str, Failure]]:
    """Yield those of a kind, and with such a reason; the oldest first."""
    async for failure_id, failure in failures.oldest_first():
        is_it = not reason or reason.match(str(failure.get("reason")))
        if is_it and (not kind or failure.get("kind") == kind):
            yield failure_id, failure


def _print_table(lines: list[tuple[str, ...]], widths: list[int]) -> None:
    """Print a page in columns, which only grow from page to page."""
    for column, cells in enumerate(zip(*lines, strict=True)):
        widths[column] = max(widths[column], *map(len, cells))
    for line in lines:
        padded = (cell.ljust(width) for cell, width in zip(line[:-1], widths, strict=False))
        say("  ".join((*padded, line[-1])))
