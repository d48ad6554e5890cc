"""`onduty status`: the desk at a glance, with ages."""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from redis.asyncio import Redis

from onduty import Priority
from onduty.cli import add_redis_option
from onduty_desk.cli.shell import run, say
from onduty_desk.texts.reasons import printable_line
from onduty_desk.texts.times import duration

if TYPE_CHECKING:
    from onduty import Availability
    from onduty.cli import Subcommands
    from onduty_desk.cli.desk_now import DeskNow, Line

EVERY_S = 2.0
_CLEAR = "\x1b[H\x1b[2J"


def status(subcommands: "Subcommands[argparse.ArgumentParser]") -> None:
    """Add `onduty status`."""
    parser = subcommands.add_parser(
        "status", help="the desk at a glance: who is on duty, what waits, what is wrong"
    )
    add_redis_option(parser)
    parser.add_argument("--json", action="store_true", help="as a line of JSON")
    parser.add_argument(
        "--watch",
        metavar="SECONDS",
        nargs="?",
        type=_seconds,
        const=EVERY_S,
        help=f"again and again, each {EVERY_S:g} s or as you say, until Ctrl-C",
    )
    parser.set_defaults(run=_status)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not seconds > 0:
        raise ValueError
    return seconds


def _status(options: argparse.Namespace) -> int:
    try:
        return run(options, lambda redis: _show(redis, options))
    except KeyboardInterrupt:  # the way to end --watch
        return 0


async def _show(redis: Redis, options: argparse.Namespace) -> int:
    from onduty_desk.cli.desk_now import as_json, look_at  # noqa: PLC0415 - only this needs prometheus_client

    while True:
        now = await look_at(redis)
        if options.json:
            say(json.dumps(as_json(now)))
        else:
            if options.watch and sys.stdout.isatty():
                sys.stdout.write(_CLEAR)
            for line in _lines(now):
                say(line)
        sys.stdout.flush()
        if options.watch is None:
            return 0
        await asyncio.sleep(options.watch)


def _lines(now: "DeskNow") -> Iterator[str]:
    yield f"at {datetime.fromtimestamp(now.at_ms // 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    yield ""
    yield from _table(now)
    yield ""
    yield f"claimed         {_line(now.claimed)}"
    yield f"not routed      {_line(now.not_routed)}"
    yield f"events pending  {_line(now.events)}"
    yield f"failed          {now.failed}{', see `onduty failed list`' if now.failed else ''}"
    if now.away_s:
        yield f"Telegram        away for {duration(now.away_s)}: {now.away_reason}"
    else:
        read = "never" if now.read_s is None else f"{duration(now.read_s)} ago"
        yield f"Telegram        there; updates were read {read}"
    yield "processes       " + ", ".join(f"{name} {count}" for name, count in now.alive.items())
    for one in now.processes.processes:
        if wrong := now.processes.wrong(one):
            yield f"  {printable_line(f'{one.service} {one.pid} on {one.host}: {wrong}', 200)}"


def _table(now: "DeskNow") -> Iterator[str]:
    of_people = ("ON DUTY", "AVAILABLE", "FREE PLACES")
    rows = [("GROUP", *of_people, *(f"{priority} WAIT".upper() for priority in Priority))]
    for group, waiting in now.waiting.items():
        cells = (_line(waiting[priority]) for priority in Priority)
        rows.append((group, str(now.on_duty[group]), *_room(now.availability[group]), *cells))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()


def _room(availability: "Availability | None") -> tuple[str, str]:
    if availability is None:
        return "?", "?"
    free = availability.free_places
    return str(availability.available), "no limit" if free is None else str(free)


def _line(line: "Line") -> str:
    return f"{line.count}, the first for {duration(line.oldest_s)}" if line.count else "0"
