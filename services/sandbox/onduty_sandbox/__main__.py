"""onduty-sandbox: the local Telegram as a program."""

import argparse
import asyncio
import signal
import sys
from importlib.metadata import version
from pathlib import Path

from onduty_sandbox.bot_api.bots import DEMO_TOKEN
from onduty_sandbox.bot_api.limits import Rates
from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.server import open_door, start
from onduty_sandbox.state.restoring import kept_in
from onduty_sandbox.state.store import StoreRefused

BURST = 3


def main() -> None:
    """Serve until SIGINT or SIGTERM; exits with 1 and a sentence when it cannot start."""
    options = _parser().parse_args()
    rates = Rates(enabled=options.limits, private_burst=BURST if options.burst else 1)
    try:
        telegram = Telegram(options.token, rates)
        asyncio.run(_serve(telegram, options))
    except (ValueError, StoreRefused) as error:
        sys.exit(f"onduty-sandbox: {error}")
    except OSError as error:
        sys.exit(
            f"onduty-sandbox: cannot listen on {options.host}:{options.port} "
            f"({error.strerror}): choose another port with --port, or stop what listens there."
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="onduty-sandbox",
        description="A local Telegram: the Bot API at /bot<token>/<method>, "
        "people and trouble at /control/, a page to play with at /.",
    )
    program = "onduty-sandbox"
    parser.add_argument("--version", action="version", version=f"{program} {version(program)}")
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
        "--state",
        type=Path,
        metavar="FILE",
        help="keep everything there, for the next start; default: in memory",
    )
    parser.add_argument(
        "--backend",
        type=Path,
        metavar="SOCKET",
        help="the Unix socket of a chat backend, so that the page shows customers too",
    )
    return parser


async def _serve(telegram: Telegram, options: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    with kept_in(telegram, options.state):
        runner, address = await start(telegram, options.host, options.port, options.backend)
        try:
            print(f"sandbox listening on {address}", flush=True)  # noqa: T201 -- a starter waits for it
            if options.bots_port is not None:
                door = await open_door(telegram, options.host, options.bots_port)
                print(f"bots are served at {door}", flush=True)  # noqa: T201 -- a starter reads it
            await stopped.wait()
        finally:
            await telegram.close()
            await telegram.door.close()
            await runner.cleanup()


if __name__ == "__main__":
    main()
