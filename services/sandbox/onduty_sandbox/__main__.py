"""onduty-sandbox: the local Telegram as a program."""

import asyncio
import signal
import sys

from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.server import open_door, start
from onduty_sandbox.settings import PROGRAM, Settings, read_settings
from onduty_sandbox.state.restoring import kept_in
from onduty_sandbox.state.store import StoreRefused


def main() -> None:
    """Serve until SIGINT or SIGTERM; exits with 1 and a sentence when it cannot start."""
    settings = read_settings()
    try:
        telegram = Telegram(settings.tokens, settings.rates)
        asyncio.run(_serve(telegram, settings))
    except (ValueError, StoreRefused) as error:
        sys.exit(f"{PROGRAM}: {error}")
    except OSError as error:
        sys.exit(
            f"{PROGRAM}: cannot listen on {settings.host}:{settings.port} "
            f"({error.strerror}): choose another port with --port, or stop what listens there."
        )


async def _serve(telegram: Telegram, settings: Settings) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    with kept_in(telegram, settings.state):
        for bot in telegram.bots.values():
            bot.has_topics = bot.has_topics or settings.topics
        runner, address = await start(telegram, settings.host, settings.port, settings.addition)
        try:
            print(f"sandbox listening on {address}", flush=True)  # noqa: T201 - a starter waits for it
            if settings.bots_port is not None:
                door = await open_door(telegram, settings.host, settings.bots_port)
                print(f"bots are served at {door}", flush=True)  # noqa: T201 - a starter reads it
            await stopped.wait()
        finally:
            await telegram.close()
            await telegram.door.close()
            await runner.cleanup()


if __name__ == "__main__":
    main()
