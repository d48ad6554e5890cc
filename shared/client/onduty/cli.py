"""The `onduty` command: the client's calls from a shell; the desk adds its own subcommands."""

import argparse
import errno
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib.metadata import entry_points, version
from typing import Literal, NoReturn, TextIO

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from onduty.address import without_password
from onduty.availability import availability_schema
from onduty.desk import SupportDesk
from onduty.env_file import FileUnreadable
from onduty.errors import DeskMisconfigured, DeskUnavailable
from onduty.events import event_schema
from onduty.given import given, number
from onduty.history import history_schema
from onduty.message import DEFAULT_GROUP, CustomerMessage, Priority
from onduty.mistakes import mistakes, said
from onduty.wire import MOST_REPLICAS, MOST_RETENTION_DAYS, RETENTION

COMMANDS = "onduty.commands"
"""Entry point group: each is a function that adds its subcommand to the parser it is given.

The subcommand sets `run`, a function of the parsed arguments that returns the exit code.
"""

DEFAULT_REDIS_URL = "redis://127.0.0.1:6379/0"

Subcommands = argparse._SubParsersAction  # noqa: SLF001 - argparse gives its type no public name


_CREDENTIALS = re.compile(r"(?<=://)\S*@")


class _Parser(argparse.ArgumentParser):
    """Shows no password of a URL in its error messages."""

    def error(self, message: str) -> NoReturn:
        super().error(_CREDENTIALS.sub("…@", message))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code (0 done, 1 refused or failed, 2 wrong usage).

    A closed pipe on its output (`| head`) is no failure.
    """
    try:
        try:
            return _main(arguments)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
    except BrokenPipeError:
        _discard_output()
        return 0
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _discard_output(sys.stdout)
        return _refuse(f"the output cannot be written: {error.strerror}")


def _main(arguments: Sequence[str] | None) -> int:
    parser: argparse.ArgumentParser = _Parser(
        prog="onduty", description="The support desk in Telegram."
    )
    parser.add_argument("--version", action="version", version=f"onduty {version('onduty')}")
    subcommands = parser.add_subparsers(required=True, metavar="command")
    _add_send(subcommands)
    _add_instruction(
        subcommands,
        "close",
        lambda desk, options: desk.close(options.conversation),
        "say that a customer's matter is done",
    )
    _add_instruction(
        subcommands,
        "touch",
        lambda desk, options: desk.touch(options.conversation),
        "say that an operator answered in the web chat",
    )
    prioritize = _add_instruction(
        subcommands,
        "prioritize",
        lambda desk, options: desk.prioritize(options.conversation, options.priority),
        "set how urgent a conversation is",
    )
    prioritize.add_argument("priority", choices=list(Priority), help="how urgent it is now")
    edit = _add_instruction(
        subcommands,
        "edit",
        lambda desk, options: desk.edit(options.message, options.text),
        "say that a customer has changed a message",
        about="message",
    )
    edit.add_argument("text", metavar="TEXT", help="what it says now")
    _add_instruction(
        subcommands,
        "retract",
        lambda desk, options: desk.retract(options.message),
        "say that a customer has taken a message back",
        about="message",
    )
    _add_instruction(
        subcommands, "export", _export, "print what both sides of a conversation wrote, as JSON"
    )
    schema = subcommands.add_parser("schema", help="print a JSON Schema")
    schema.add_argument(
        "of",
        nargs="?",
        choices=["message", "event", "availability", "history"],
        default="message",
        help="a customer message (default), what the desk tells the backend, who is there, or an "
        "entry of a conversation's history",
    )
    schema.set_defaults(run=_schema)
    for command in sorted(entry_points(group=COMMANDS), key=lambda found: found.name):
        command.load()(subcommands)
    options = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        _fill_in(options)
    except (FileUnreadable, ValueError) as unusable:
        return _refuse(str(unusable))
    return run(options)


def _discard_output(*streams: TextIO) -> None:
    """Redirect output to the null device, so that flushing at exit raises no error."""
    void = os.open(os.devnull, os.O_WRONLY)
    for stream in streams or (sys.stdout, sys.stderr):
        os.dup2(void, stream.fileno())
    os.close(void)


def _fill_in(options: argparse.Namespace) -> None:
    """Read options that the command line leaves out from the services' settings."""
    if "redis" in options and options.redis is None:
        options.redis = given("redis_url") or DEFAULT_REDIS_URL
    if "wait_replicas" in options:
        if options.wait_replicas is None:
            options.wait_replicas = number("wait_replicas", 0, least=0, most=MOST_REPLICAS)
        options.retention = timedelta(
            days=number("retention_days", RETENTION.days, least=1, most=MOST_RETENTION_DAYS)
        )


def add_redis_option(parser: argparse.ArgumentParser) -> None:
    """Give a subcommand `--redis`; its default is the services' own setting."""
    parser.add_argument(
        "--redis",
        metavar="URL",
        help="the desk's Redis (default: $ONDUTY_REDIS_URL, else as .env says, else the secret "
        f"file onduty_redis_url, else {DEFAULT_REDIS_URL})",
    )


def _add_send(subcommands: "Subcommands[argparse.ArgumentParser]") -> None:
    send = subcommands.add_parser("send", help="push a customer message, as a backend would")
    send.add_argument("--text", required=True, help="what the customer writes")
    send.add_argument("--name", required=True, help="the customer's name")
    send.add_argument("--to", required=True, help="whom the customer writes to")
    send.add_argument("--url", help="where an operator can answer")
    send.add_argument("--conversation", help="an id: messages with the same belong together")
    send.add_argument("--id", help="the message's own id; the same id rings once")
    send.add_argument("--group", default=DEFAULT_GROUP, help="default: %(default)s")
    send.add_argument("--priority", default=Priority.NORMAL, choices=list(Priority))
    _add_commit_options(send)
    send.set_defaults(run=_send)


_IDS = {"conversation": "the id that its messages have", "message": "its id"}


def _add_instruction(
    subcommands: "Subcommands[argparse.ArgumentParser]",
    name: str,
    call: Callable[[SupportDesk, argparse.Namespace], None],
    meaning: str,
    *,
    about: Literal["conversation", "message"] = "conversation",
) -> argparse.ArgumentParser:
    parser = subcommands.add_parser(name, help=meaning)
    parser.add_argument(about, metavar=about.upper(), help=_IDS[about])
    _add_commit_options(parser)
    parser.set_defaults(run=lambda options: _with_desk(options, lambda desk: call(desk, options)))
    return parser


def _add_commit_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--wait-replicas",
        metavar="N",
        type=int,
        help="replicas that must have it before it counts (default: $ONDUTY_WAIT_REPLICAS, else "
        "as .env says, else 0)",
    )
    add_redis_option(parser)


def _send(options: argparse.Namespace) -> int:
    fields = {
        "text": options.text,
        "customer_name": options.name,
        "recipient": options.to,
        "reply_url": options.url,
        "group": options.group,
        "priority": options.priority,
        "conversation_id": options.conversation,
        "id": options.id,
    }
    try:
        message = CustomerMessage.model_validate(
            {name: value for name, value in fields.items() if value is not None}
        )
    except ValidationError as invalid:
        return _refuse(*map(_sentence, mistakes(invalid)))
    return _with_desk(options, lambda desk: print(desk.notify(message)))  # noqa: T201 - a command's output


def _export(desk: SupportDesk, options: argparse.Namespace) -> None:
    entries = desk.history(options.conversation)
    if not entries:
        raise ValueError("nothing is known of this conversation")
    written = [entry.model_dump(mode="json", exclude_none=True) for entry in entries]
    print(json.dumps(written, indent=2, ensure_ascii=False))  # noqa: T201 - a command's output


def _with_desk(options: argparse.Namespace, call: Callable[[SupportDesk], None]) -> int:
    try:
        desk = SupportDesk(
            options.redis, wait_replicas=options.wait_replicas, retention=options.retention
        )
    except ValueError as wrong:
        return _refuse(f"{without_password(options.redis)}: {wrong}")
    try:
        with desk:
            call(desk)
    except (DeskUnavailable, DeskMisconfigured) as away:
        return _refuse(f"{without_password(options.redis)}: {away}")
    except ValueError as wrong:
        return _refuse(str(wrong))
    return 0


def _sentence(error: ErrorDetails) -> str:
    field = ".".join(str(part) for part in error["loc"])
    return f"{field}: {said(error)}" if field else said(error)


def _refuse(*reasons: str) -> int:
    print(*reasons, sep="\n", file=sys.stderr)  # noqa: T201 - a command's errors go to stderr
    return 1


def _schema(options: argparse.Namespace) -> int:
    schemas = {
        "event": event_schema,
        "availability": availability_schema,
        "history": history_schema,
    }
    schema = schemas.get(options.of, CustomerMessage.model_json_schema)()
    print(json.dumps(schema, indent=2, ensure_ascii=False))  # noqa: T201 - a command's output
    return 0
