"""Starts the bot: `onduty-bot`, also `python -m onduty_bot`."""

import sys

from onduty_desk.process.program import read_arguments
from onduty_desk.settings import BotSettings

DOES = "Reads what operators write to the bot: signs them in and out, and heeds their taps."


def main() -> int:
    """Run until SIGTERM or SIGINT; return the exit code (0 ended, 1 could not go on)."""
    read_arguments("onduty-bot", DOES, BotSettings)
    from onduty_bot.running import run  # noqa: PLC0415 - half of the time; `--help` needs none of it

    return run()


if __name__ == "__main__":
    sys.exit(main())
