"""Runs the bot, and ends it at SIGTERM."""

import asyncio
import signal
import sys

from onduty_bot.service import FINISH_WITHIN_S, serve
from onduty_desk.process.cancellation import cancel, exit_within_grace
from onduty_desk.process.listening import PortTaken
from onduty_desk.process.logs import start_logging
from onduty_desk.process.starting import StartRefused
from onduty_desk.settings import BotSettings, SettingsRefused, load
from onduty_desk.telegram.outcomes import TokenRefused


def run() -> int:
    """Run until SIGTERM or SIGINT; return the exit code (0 ended, 1 could not go on)."""
    try:
        settings = load(BotSettings)
        start_logging(settings.log_format, settings.log_level)
        asyncio.run(_serve_until_signal(settings))
    except (SettingsRefused, StartRefused, TokenRefused, PortTaken) as refused:
        return _refuse(str(refused))
    return 0


async def _serve_until_signal(settings: BotSettings) -> None:
    signalled = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        signalled.set()
        exit_within_grace()

    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, stop)
    serving = asyncio.create_task(serve(settings))
    waiting = asyncio.create_task(_wait(signalled))
    await asyncio.wait((serving, waiting), return_when=asyncio.FIRST_COMPLETED)
    await cancel(waiting, again_after_s=1.0)
    await cancel(serving, again_after_s=FINISH_WITHIN_S + 5.0)
    if not serving.cancelled():
        serving.result()


async def _wait(signalled: asyncio.Event) -> None:
    await signalled.wait()


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201 - why the process ends, for a person
    return 1
