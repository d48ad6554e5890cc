"""Shared by all subcommands of the desk: opens Redis, prints lines without secrets."""

import argparse
import asyncio
import errno
import sys
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty.connection import without_password
from onduty_desk.process.connection import connect
from onduty_desk.process.redis_away import next_step_of
from onduty_desk.process.redis_setup import why_refused
from onduty_desk.texts.masking import masked

_START = "start it, or name another with --redis or ONDUTY_REDIS_URL"


def run(options: argparse.Namespace, action: Callable[[Redis], Awaitable[int]]) -> int:
    """Run an action with Redis; return its exit code, or 1 if Redis cannot be used."""

    async def connected() -> int:
        async with connect(options.redis) as redis:
            return await action(redis)

    try:
        return asyncio.run(connected())
    except BrokenPipeError:  # the reader of our output (`head -1`) has ended
        raise
    except (RedisError, OSError, ValueError) as refused:
        if isinstance(refused, OSError) and refused.errno == errno.ENOSPC:
            raise  # of our output's disk; `onduty.cli` says so
        where = f"Redis cannot be used at {without_password(options.redis)}"
        if refusal := why_refused(refused):
            complain(f"{where}: {refusal}")
        else:
            complain(f"{where} ({refused}); {next_step_of(refused, _START)}")
        return 1


def say(line: str) -> None:
    """Print a line of the result on stdout."""
    print(masked(line))  # noqa: T201 - a command's result goes to stdout


def complain(line: str) -> None:
    """Print a message about the command on stderr."""
    print(masked(line), file=sys.stderr)  # noqa: T201 - a command's messages go to stderr
