"""`onduty forget CONVERSATION`: no trace of a customer's conversation is left."""

import asyncio
import json
import time
from argparse import Namespace
from collections import defaultdict
from hashlib import sha1
from typing import TYPE_CHECKING, cast

from redis.asyncio import Redis

from onduty import DeskMisconfigured, DeskUnavailable, SupportDesk
from onduty.cli import Subcommands, add_redis_option
from onduty.connection import without_password
from onduty_desk.cli.shell import complain, run, say
from onduty_desk.model.trace_keys import forgotten_key

if TYPE_CHECKING:
    import argparse

_WAITED_S = 30.0
_ASK_EVERY_S = 0.1


def forget(subcommands: "Subcommands[argparse.ArgumentParser]") -> None:
    """Add `onduty forget`."""
    parser = subcommands.add_parser(
        "forget", help="remove every trace of a conversation, from Redis and from phones"
    )
    parser.add_argument(
        "conversation", metavar="CONVERSATION", help="the id that its messages have"
    )
    add_redis_option(parser)
    parser.set_defaults(run=_forget)


def _forget(options: Namespace) -> int:
    return run(options, lambda redis: _ask_and_wait(redis, options.redis, options.conversation))


async def _ask_and_wait(redis: Redis, redis_url: str, conversation_id: str) -> int:
    key = forgotten_key(sha1(conversation_id.encode(), usedforsecurity=False).hexdigest())
    before = await redis.hget(key, "done_ms")
    try:
        with SupportDesk(redis_url) as desk:
            desk.forget(conversation_id)
    except (DeskUnavailable, DeskMisconfigured) as refused:
        complain(f"{without_password(redis_url)}: {refused}")
        return 1
    except ValueError as wrong:
        complain(str(wrong))
        return 1
    until = time.monotonic() + _WAITED_S
    while await redis.hget(key, "done_ms") == before:
        if time.monotonic() > until:
            complain(
                "it is in line, and no dispatcher has come to it yet: is one running? Ask again "
                "with the same command"
            )
            return 1
        await asyncio.sleep(_ASK_EVERY_S)
    _say(cast("dict[str, str]", await redis.hgetall(key)))
    return 0


def _say(record: dict[str, str]) -> None:
    if "removal" not in record:
        say("nothing was known of this conversation")
        return
    say(
        f"forgotten: {record.get('messages', '0')} messages of the customer; what is on phones is "
        "removed within seconds, or as soon as Telegram can be reached"
    )
    left: dict[tuple[str, str], list[str]] = defaultdict(list)
    for chat, message, name in json.loads(record.get("left", "[]")):
        left[chat, "".join(part if part.isprintable() else " " for part in name)].append(message)
    for (chat, name), messages in left.items():
        say(
            f"left on the phone of {name} ({chat}), who wrote them: messages "
            f"{', '.join(sorted(messages, key=int))}"
        )
