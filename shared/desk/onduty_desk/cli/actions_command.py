"""`onduty actions`: what admins did."""

import json
from typing import TYPE_CHECKING, assert_never

from redis.asyncio import Redis

from onduty.cli import Subcommands, add_redis_option
from onduty_desk.cli.shell import complain, run, say
from onduty_desk.roster.actions import Action, Person, read_actions

if TYPE_CHECKING:
    import argparse

MOST = 1_000
"""As many as are kept."""


def actions(subcommands: "Subcommands[argparse.ArgumentParser]") -> None:
    """Add `onduty actions`."""
    parser = subcommands.add_parser("actions", help="what admins did, the newest last")
    parser.add_argument("--json", action="store_true", help="a line of JSON for each")
    add_redis_option(parser)
    parser.set_defaults(
        run=lambda options: run(options, lambda redis: _list(redis, is_json=options.json))
    )


async def _list(redis: Redis, *, is_json: bool) -> int:
    done = await read_actions(redis, MOST)
    for action in done:
        say(_as_json(action) if is_json else _line(action))
    if not done:
        complain("no admin has done anything yet")
    return 0


def _as_json(action: Action) -> str:
    fields = action.model_dump(mode="json", exclude={"at_ms"})
    return json.dumps({"at": action.at.isoformat(timespec="seconds"), **fields})


def _line(action: Action) -> str:
    whom, groups = _named(action.whom), ", ".join(action.groups)
    match action.kind:
        case "kick":
            what = f"kicked {whom} out of {groups}"
        case "unkick":
            what = f"let {whom} in again: {groups}"
        case "invite":
            what = f"made an invite to {groups}"
        case "joined":
            what = f"had invited {whom}, who joined {groups}"
        case "prioritize":
            what = f"set {_printable(action.conversation or '')} of {groups} to {action.priority}"
        case _:
            assert_never(action.kind)
    return f"{action.at:%Y-%m-%d %H:%M:%S} UTC  {_named(action.admin)} {what}"


def _named(person: Person | None) -> str:
    if person is None:
        return "somebody"
    name = _printable(person.name)
    return f"{name} ({person.id})" if name else str(person.id)


def _printable(text: str) -> str:
    return "".join(part if part.isprintable() else " " for part in text)
