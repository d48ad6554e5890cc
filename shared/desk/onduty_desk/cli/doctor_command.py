"""`onduty doctor`: what is wrong with the desk, each finding with its cure."""

import argparse
import asyncio
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from onduty.cli import DEFAULT_REDIS_URL
from onduty.connection import check_redis_url, without_password
from onduty.env_file import FileUnreadable
from onduty.given import given
from onduty_desk.cli.shell import complain, say
from onduty_desk.process.redis_setup import Finding
from onduty_desk.texts.reasons import printable_line

if TYPE_CHECKING:
    from onduty.cli import Subcommands
    from onduty_desk.doctor.examining import Examined

_MOST = 1_000
CODES = "0: nothing found; 1: at least one error; 2: wrong usage; 3: warnings only"


def doctor(subcommands: "Subcommands[argparse.ArgumentParser]") -> None:
    """Add `onduty doctor`."""
    parser = subcommands.add_parser(
        "doctor",
        help="what is wrong with this desk, and the cure",
        description="Looks at the settings of this host, Redis, Telegram and the desk at work; "
        "changes nothing. Run it where the services run, with their settings.",
        epilog=f"exit code {CODES}",
    )
    # Not the option of the other subcommands: settings that cannot be read are a finding here.
    parser.add_argument(
        "--redis", dest="desks_redis", metavar="URL", help="the desk's Redis (default: as set)"
    )
    parser.add_argument("--json", action="store_true", help="each finding as a line of JSON")
    parser.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    from onduty_desk.doctor.examining import examine  # noqa: PLC0415 - Telegram's library takes long to load, and only this needs it

    url = options.desks_redis or _redis_as_set()
    try:
        check_redis_url(url)
    except ValueError as wrong:
        complain(f"{without_password(url)}: {wrong}")
        return 1
    return _print(asyncio.run(examine(url)), as_json=options.json)


def _redis_as_set() -> str:
    try:
        return given("redis_url") or DEFAULT_REDIS_URL
    except FileUnreadable:  # the examination says so
        return DEFAULT_REDIS_URL


def _print(examined: "Examined", *, as_json: bool) -> int:
    for found in examined.findings:
        say(json.dumps(asdict(found)) if as_json else _in_words(found))
    sys.stdout.flush()
    for what in examined.not_checked:
        complain(f"not checked: {what}")
    for note in examined.notes:
        complain(f"note: {note}")
    severities = [found.severity for found in examined.findings]
    errors, warnings = severities.count("error"), severities.count("warning")
    complain(f"errors: {errors}, warnings: {warnings}" if severities else "nothing found")
    if errors:
        return 1
    return 3 if warnings else 0


def _in_words(found: Finding) -> str:
    reason, cure = (printable_line(text, _MOST) for text in (found.reason, found.cure))
    return f"{found.severity} {found.name}: {reason}\n    cure: {cure}"
