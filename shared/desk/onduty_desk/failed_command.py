"""`onduty failed`: what was given up, and what to do with it."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from redis.exceptions import RedisError

from onduty.cli import Subcommands, add_redis_option
from onduty_desk.connection import connect
from onduty_desk.failures import Failures

_WHERE = {
    "phone": "waits for the same operator again",
    "group": "the operator is off duty; it is offered to the group",
    "accepted": "accepted again",
    "backend": "the chat backend is told again",
    "unwanted": "no dispatcher delivers events; set ONDUTY_EVENTS_URL or ONDUTY_EVENTS_JOB first",
    "expired": "its messages have expired; there is nothing left to send",
    "gone": "there is no such failure; `onduty failed list` shows what there is",
}


def failed(subcommands: "Subcommands[argparse.ArgumentParser]") -> None:
    """Add `onduty failed list|show|retry|drop`."""
    parser = subcommands.add_parser("failed", help="what was given up: look, try again, forget")
    actions = parser.add_subparsers(required=True, metavar="action")
    for name, help_text, action, takes_id in (
        ("list", "a line for each, the oldest first", _list, False),
        ("show", "one, with everything known of it", _show, True),
        ("retry", "let it wait again", _retry, True),
        ("drop", "forget it", _drop, True),
    ):
        subparser = actions.add_parser(name, help=help_text)
        if takes_id:
            subparser.add_argument("id", help="as `list` shows it")
        add_redis_option(subparser)
        subparser.set_defaults(run=_runner(action))


def _runner(
    action: Callable[[Failures, argparse.Namespace], Awaitable[int]],
) -> Callable[[argparse.Namespace], int]:
    async def connected(options: argparse.Namespace) -> int:
        async with connect(options.redis) as redis:
            return await action(Failures(redis), options)

    def run(options: argparse.Namespace) -> int:
        try:
            return asyncio.run(connected(options))
        except (RedisError, OSError, ValueError) as refused:
            _say(f"Redis cannot be used ({refused}); start it, or name another with --redis")
            return 1

    return run


async def _list(failures: Failures, _: argparse.Namespace) -> int:
    found = await failures.all()
    for failure_id, failure in found.items():
        at = datetime.fromtimestamp(failure["at_ms"] / 1000, UTC)
        print(f"{failure_id}  {at:%Y-%m-%d %H:%M} UTC  {failure['reason']}")  # noqa: T201 - speaks
    if not found:
        _say("nothing was given up")
    return 0


async def _show(failures: Failures, options: argparse.Namespace) -> int:
    failure = await failures.find(options.id)
    if failure is None:
        _say(_WHERE["gone"])
        return 1
    print(json.dumps(failure, indent=2, ensure_ascii=False))  # noqa: T201 - a command speaks
    return 0


async def _retry(failures: Failures, options: argparse.Namespace) -> int:
    where = await failures.retry(options.id, options.redis)
    _say(_WHERE[where])
    return 0 if where in {"phone", "group", "accepted", "backend"} else 1


async def _drop(failures: Failures, options: argparse.Namespace) -> int:
    dropped = await failures.drop(options.id)
    _say("forgotten" if dropped else _WHERE["gone"])
    return 0 if dropped else 1


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201 - a command speaks to its user
