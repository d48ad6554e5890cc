"""What all subcommands of the desk do alike: open Redis, or say why not, and show no secret."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty.connection import without_password
from onduty_desk.process.connection import connect
from onduty_desk.texts.masking import masked


def run(options: argparse.Namespace, action: Callable[[Redis], Awaitable[int]]) -> int:
    """Run what needs Redis and return its exit code; 1, after a sentence, if it cannot be used."""

    async def connected() -> int:
        async with connect(options.redis) as redis:
            return await action(redis)

    try:
        return asyncio.run(connected())
    except BrokenPipeError:  # the reader of our output, `head -1` perhaps, has what it wanted
        raise
    except (RedisError, OSError, ValueError) as refused:
        complain(
            f"Redis cannot be used at {without_password(options.redis)} ({refused}); start it, or "
            "name another with --redis or ONDUTY_REDIS_URL"
        )
        return 1


def say(line: str) -> None:
    """Print a line of what was asked for."""
    print(masked(line))  # noqa: T201 - a command speaks on stdout


def complain(line: str) -> None:
    """Print a line about it on stderr."""
    print(masked(line), file=sys.stderr)  # noqa: T201 - and about itself on stderr
