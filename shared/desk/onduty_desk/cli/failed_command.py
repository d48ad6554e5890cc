"""`onduty failed`: shows what was given up, retries it or drops it."""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis

from onduty.cli import Subcommands, add_redis_option
from onduty_desk.cli.failed_list import SHOWN, chosen, list_failures
from onduty_desk.cli.failed_rows import HEADER, rows_of, shown_json, who_got_it
from onduty_desk.cli.shell import complain, run, say
from onduty_desk.failures.failures import Failures, Retried

KINDS = (
    *("delivery", "message", "job", "conversation"),
    *("event", "reply", "step", "phone", "update"),
)

_OUTAGE = re.compile(
    r"Telegram answered 5\d\d|no connection to Telegram|twice no answer from Telegram"
    r"|no answer within|connection lost before the answer"
)
"""Reasons for which older versions gave up while Telegram was away; now deliveries wait."""

_WHERE: dict[Retried, str] = {
    "phone": "waits for the same operator again",
    "group": "the operator is off duty; it is offered to the group",
    "card": "the phone is looked at again",
    "moment": "the clock looks at it again",
    "accepted": "accepted again",
    "backend": "the chat backend is told again",
    "unwanted": "no dispatcher delivers events; set ONDUTY_EVENTS_URL or ONDUTY_EVENTS_JOB first",
    "expired": "its messages have expired; there is nothing left to send",
    "unusable": "there is nothing in it that could be tried again; `onduty failed drop` forgets it",
    "gone": "there is no such failure; `onduty failed list` shows what there is",
}
_WENT_WELL: frozenset[Retried] = frozenset(
    {"phone", "group", "card", "moment", "accepted", "backend"}
)
_COUNTED = _WENT_WELL | {"expired"}
"""Of these only the number is printed; the others stay on the list, so each is named."""

_NEXT_STEP = {
    "delivery": "`retry` offers it again: to the same operator, or if off duty to the group",
    "message": "`retry` pushes the message as it came, for a desk that takes it now",
    "job": "`retry` takes what it held for a customer's message",
    "conversation": "`retry` routes it again",
    "event": "`retry` tells the chat backend again",
    "reply": "its author was told and can try again; `retry` sends it as it reads now",
    "step": "mend what the reason says, then `retry` does it again",
    "phone": "mend what the reason says, then `retry` has the phone looked at again",
    "update": "the operator was told; it cannot be tried again",
}


def failed(subcommands: "Subcommands[argparse.ArgumentParser]") -> None:
    """Add `onduty failed list|show|retry|drop`."""
    parser = subcommands.add_parser("failed", help="what was given up: look, try again, forget")
    actions = parser.add_subparsers(required=True, metavar="action")
    listing = _add(actions, "list", "a line for each, the newest last", list_failures)
    listing.add_argument("--all", action="store_true", help=f"not only the newest {SHOWN}")
    listing.add_argument("--json", action="store_true", help="each as a line of JSON")
    listing.add_argument("--kind", choices=KINDS, help="only of this kind")
    showing = _add(actions, "show", "one, who else got it, and what can be done", _show)
    showing.add_argument("id", help="as `list` shows it")
    retrying = _add(actions, "retry", "let it wait again", _retry)
    retrying.add_argument(
        "--outage", action="store_true", help="all that was given up because Telegram was away"
    )
    dropping = _add(actions, "drop", "forget it", _drop)
    for subparser in (retrying, dropping):
        subparser.add_argument("--kind", choices=KINDS, help="all of this kind")
        subparser.add_argument(
            "ids", nargs="*", metavar="ID", help="as `list` shows it; - or a pipe: from its lines"
        )


def _add(
    actions: "Subcommands[argparse.ArgumentParser]",
    name: str,
    help_text: str,
    action: Callable[[Redis, argparse.Namespace], Awaitable[int]],
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=help_text)
    add_redis_option(parser)
    parser.set_defaults(run=lambda options: run(options, lambda redis: action(redis, options)))
    return parser


async def _show(redis: Redis, options: argparse.Namespace) -> int:
    failure = await Failures(redis).find(options.id)
    if failure is None:
        complain(_WHERE["gone"])
        return 1
    (row,) = await rows_of(redis, [(options.id, failure)])
    shown = {**row.as_json, "who_got_it": await who_got_it(redis, failure)}
    say(shown_json(shown, indent=2))
    sys.stdout.flush()
    next_step = _NEXT_STEP.get(str(failure.get("kind")), "it cannot be tried again")
    if failure.get("kind") == "job" and not isinstance(failure.get("message"), dict):
        next_step = "it cannot be tried again: let its producer push the message once more"
    complain(f"{next_step}; `drop` forgets it")
    return 0


async def _retry(redis: Redis, options: argparse.Namespace) -> int:
    failures = Failures(redis)
    ids = await _ids(failures, options, _OUTAGE if options.outage else None)
    if ids is None:
        return 2
    return _print_results([(id_, await failures.retry(id_, options.redis)) for id_ in ids])


async def _drop(redis: Redis, options: argparse.Namespace) -> int:
    failures = Failures(redis)
    ids = await _ids(failures, options, None)
    if ids is None:
        return 2
    dropped = [(id_, await failures.drop(id_)) for id_ in ids]
    missing = [id_ for id_, was_there in dropped if not was_there]
    for id_ in missing:
        complain(f"{id_}: {_WHERE['gone']}" if len(ids) > 1 else _WHERE["gone"])
    if len(ids) > len(missing) or not ids:
        complain("forgotten" if len(ids) == 1 else f"{len(ids) - len(missing)} forgotten")
    return 1 if missing else 0


def _print_results(retried: list[tuple[str, Retried]]) -> int:
    if len(retried) == 1:
        complain(_WHERE[retried[0][1]])
    else:
        for id_, where in retried:
            if where not in _COUNTED:
                complain(f"{id_}: {_WHERE[where]}")
        for where, count in Counter(where for _, where in retried).items():
            if where in _COUNTED:
                complain(f"{count}: {_WHERE[where]}")
        if not retried:
            complain("nothing to try again")
    return 0 if all(where in _WENT_WELL for _, where in retried) else 1


async def _ids(
    failures: Failures, options: argparse.Namespace, reason: re.Pattern[str] | None
) -> list[str] | None:
    """Return the ids that were asked for, or None if the command line names none."""
    if (options.kind or reason) and not options.ids:
        return [id_ async for id_, _ in chosen(failures, options.kind, reason)]
    given = [id_ for id_ in options.ids if id_ != "-"]
    if len(given) < len(options.ids) or (not given and not sys.stdin.isatty()):
        given += filter(None, map(_id_in, sys.stdin))
    if not given:
        complain("say which: ids as `onduty failed list` shows them, or its lines by a pipe")
        return None
    return list(dict.fromkeys(given))


def _id_in(line: str) -> str:
    """Return the id in a line of `list`, of `list --json`, or of ids."""
    try:
        found = json.loads(line)
    except ValueError:
        words = line.split(maxsplit=1)
        return words[0] if words and words[0] != HEADER[0] else ""
    return str(found.get("id", "")) if isinstance(found, dict) else line.strip()
