"""`onduty conversations`: those whose customers are muted, and how to undo it."""

import json
from typing import TYPE_CHECKING

from redis.asyncio import Redis

from onduty.cli import Subcommands, add_redis_option
from onduty_desk.cli.shell import complain, run, say
from onduty_desk.conversations.muting import Muted, Muting
from onduty_desk.conversations.rules import Rules
from onduty_desk.model.keys import ConversationId

if TYPE_CHECKING:
    import argparse


def conversations(subcommands: "Subcommands[argparse.ArgumentParser]") -> None:
    """Add `onduty conversations muted` and `onduty conversations unmute ID`."""
    parser = subcommands.add_parser("conversations", help="whose messages ring nobody; undo that")
    either = parser.add_subparsers(required=True, metavar="action")
    listing = either.add_parser("muted", help="the muted ones, the longest first")
    listing.add_argument("--json", action="store_true", help="a line of JSON for each")
    add_redis_option(listing)
    listing.set_defaults(
        run=lambda options: run(options, lambda redis: _list(redis, is_json=options.json))
    )
    undoing = either.add_parser("unmute", help="let a customer ring again")
    undoing.add_argument("id", help="the conversation, as `muted` shows it")
    add_redis_option(undoing)
    undoing.set_defaults(
        run=lambda options: run(options, lambda redis: _unmute(redis, ConversationId(options.id)))
    )


async def _list(redis: Redis, *, is_json: bool) -> int:
    muted = await Muting(redis, Rules()).muted()
    for one in muted:
        say(_as_json(one) if is_json else _line(one))
    if not muted:
        complain("nobody is muted")
    return 0


async def _unmute(redis: Redis, conversation_id: ConversationId) -> int:
    result = await Muting(redis, Rules()).undo(conversation_id)
    if result == "undone":
        say(f"{conversation_id} rings again; what its customer wrote meanwhile waits now")
        return 0
    complain(f"{conversation_id} is not muted; `onduty conversations muted` shows which are")
    return 1


def _as_json(one: Muted) -> str:
    return json.dumps(
        {
            "conversation_id": one.conversation_id,
            "customer_name": one.customer_name,
            "by": one.by,
            "since": one.since.isoformat(timespec="seconds"),
            "written_since": one.written_since,
        }
    )


def _line(one: Muted) -> str:
    names = f"{_printable(one.customer_name)} muted by {_printable(one.by)}"
    since = f"{one.since:%Y-%m-%d %H:%M} UTC"
    return f"{one.conversation_id}  {names} since {since}, {one.written_since} messages since then"


def _printable(name: str) -> str:
    return "".join(part if part.isprintable() else " " for part in name) or "somebody"
