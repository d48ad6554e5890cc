"""`onduty operators`, `onduty health` and `onduty adopt`."""

from typing import TYPE_CHECKING, cast

from redis.asyncio import Redis

from onduty.cli import Subcommands, add_redis_option
from onduty_desk.cli.actions_command import actions
from onduty_desk.cli.conversations_command import conversations
from onduty_desk.cli.forget_command import forget
from onduty_desk.cli.shell import complain, run, say
from onduty_desk.model.keys import BOT, OperatorId
from onduty_desk.model.roster_keys import ON_DUTY
from onduty_desk.process.judging import what_is_wrong
from onduty_desk.roster.operators import Overwritten, Roster
from onduty_desk.topics.topics import WHERE, Topics

if TYPE_CHECKING:
    import argparse


def operators(subcommands: "Subcommands[argparse.ArgumentParser]") -> None:
    """Add `onduty operators`, `conversations`, `actions` and `forget`."""
    conversations(subcommands)
    actions(subcommands)  # no entry point of its own: those are read when the desk is installed
    forget(subcommands)
    parser = subcommands.add_parser("operators", help="who is on duty; take somebody off duty")
    either = parser.add_subparsers(required=True, metavar="action")
    listing = either.add_parser("list", help="everybody on duty, the longest on duty first")
    add_redis_option(listing)
    listing.set_defaults(run=lambda options: run(options, _list))
    removing = either.add_parser("remove", help="take an operator off duty")
    removing.add_argument("id", type=int, help="their Telegram id, as `list` shows it")
    add_redis_option(removing)
    removing.set_defaults(
        run=lambda options: run(options, lambda redis: _remove(redis, OperatorId(options.id)))
    )


def health(subcommands: "Subcommands[argparse.ArgumentParser]") -> None:
    """Add `onduty health bot|dispatcher`, for a container's health check."""
    parser = subcommands.add_parser("health", help="is a service on this host alive (exit code 0)")
    parser.add_argument("service", choices=["bot", "dispatcher"])
    add_redis_option(parser)
    parser.set_defaults(
        run=lambda options: run(options, lambda redis: _health(redis, options.service))
    )


def adopt(subcommands: "Subcommands[argparse.ArgumentParser]") -> None:
    """Add `onduty adopt BOT_ID`."""
    parser = subcommands.add_parser("adopt", help="let this desk be another bot's from now on")
    parser.add_argument("bot_id", metavar="BOT_ID", help="the digits before the : of its token")
    add_redis_option(parser)
    parser.set_defaults(
        run=lambda options: run(options, lambda redis: _adopt(redis, options.bot_id))
    )


async def _list(redis: Redis) -> int:
    roster = Roster(redis)
    members = cast("list[str]", await redis.zrange(ON_DUTY, 0, -1))
    rows = [("ID", "NAME", "GROUPS", "ON DUTY SINCE", "LANGUAGE")]
    for member in members:
        try:
            operator = await roster.find(OperatorId(int(member)))
        except (Overwritten, ValueError):
            rows.append((member, "cannot be read", "", "", ""))
            continue
        if operator:
            since = f"{operator.since:%Y-%m-%d %H:%M} UTC"
            rows.append(
                (member, operator.name, ", ".join(operator.groups), since, operator.language)
            )
    if len(rows) == 1:
        say("nobody is on duty")
        return 0
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say("  ".join(cells).rstrip())
    return 0


async def _remove(redis: Redis, operator_id: OperatorId) -> int:
    operator = await Roster(redis).sign_out(operator_id, "removed")
    if operator is None:
        complain(f"{operator_id} is not on duty; `onduty operators list` shows who is")
        return 1
    say(
        f"{operator.name} ({operator_id}) is off duty; whoever knows the phrase of the group "
        f"{' or '.join(operator.groups)} can sign in again, so change it if they should not"
    )
    return 0


async def _adopt(redis: Redis, bot_id: str) -> int:
    if not (bot_id.isascii() and bot_id.isdigit()):
        complain(f"{bot_id[:10]!r} is no bot's id: that is the digits before the : of its token")
        return 1
    before = cast("str | None", await redis.set(BOT, bot_id, get=True))
    if before == bot_id:
        say(f"this desk is bot {bot_id}'s already")
    else:
        was = f"; it was bot {before}'s, whose processes should be ended" if before else ""
        say(f"this desk is bot {bot_id}'s now{was}")
    return 0


async def _health(redis: Redis, service: str) -> int:
    if wrong := await what_is_wrong(redis, service):
        complain(f"{service}: {wrong}")
        return 1
    say(f"{service}: alive")
    if await Topics(redis).are_enabled() is False:
        say(f"topics in private chats are off for this bot; they are switched on in {WHERE}")
    return 0
