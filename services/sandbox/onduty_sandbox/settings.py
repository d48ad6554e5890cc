"""What the program can be told on its command line."""

import argparse
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from onduty_sandbox.bot_api.bots import DEMO_TOKEN
from onduty_sandbox.bot_api.limits import Rates

PROGRAM = "onduty-sandbox"
BURST = 3


@dataclass(frozen=True)
class PageAddition:
    """What others add to the page: a folder of modules, and the socket of whatever answers them."""

    parts: Path | None = None
    backend: Path | None = None


@dataclass(frozen=True)
class Settings:
    """One sandbox: where it listens, for which bots, how strict it is, what it keeps and shows."""

    host: str
    port: int
    bots_port: int | None
    tokens: list[str] | None
    rates: Rates
    state: Path | None
    addition: PageAddition
    topics: bool = False


def read_settings() -> Settings:
    """Read the command line; a wrong one ends the program with the right one."""
    options = _parser().parse_args()
    return Settings(
        host=options.host,
        port=options.port,
        bots_port=options.bots_port,
        tokens=options.token,
        rates=Rates(enabled=options.limits, private_burst=BURST if options.burst else 1),
        state=options.state,
        addition=PageAddition(options.parts, options.backend),
        topics=options.topics,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="A local Telegram: the Bot API at /bot<token>/<method>, "
        "people and trouble at /control/, a page to play with at /.",
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {version(PROGRAM)}")
    parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    parser.add_argument("--port", type=int, default=8081, help="default: %(default)s; 0: any")
    parser.add_argument(
        "--token",
        action="append",
        help=f"a bot's token, as often as there are bots; default: {DEMO_TOKEN}",
    )
    parser.add_argument(
        "--bots-port",
        type=int,
        metavar="PORT",
        help="serve bots at this port too; nothing listens there during a fault of kind refuse",
    )
    parser.add_argument(
        "--limits", action="store_true", help="refuse what Telegram would: 30/s, 1/s per chat, …"
    )
    parser.add_argument(
        "--burst", action="store_true", help=f"with --limits: tolerate {BURST} at once in a chat"
    )
    parser.add_argument(
        "--topics", action="store_true", help="every bot's private chats have topics from the start"
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="keep everything there, for the next start; default: in memory",
    )
    parser.add_argument(
        "--parts",
        type=Path,
        metavar="FOLDER",
        help="modules that add to the page; it runs their main.js",
    )
    parser.add_argument(
        "--backend",
        type=Path,
        metavar="SOCKET",
        help="the Unix socket of what answers those modules at /backend/",
    )
    return parser
