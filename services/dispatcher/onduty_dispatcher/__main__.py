"""Starts a dispatcher: `onduty-dispatcher`, also `python -m onduty_dispatcher`."""

import sys

from onduty_desk.process.program import read_arguments
from onduty_desk.settings import DispatcherSettings

DOES = "Sends customers' messages to the operators' phones; run as many as you like."


def main() -> int:
    """Run until SIGTERM or SIGINT; return the exit code (0 ended, 1 could not go on)."""
    read_arguments("onduty-dispatcher", DOES, DispatcherSettings)
    from onduty_dispatcher.running import run  # noqa: PLC0415 - half of the time; `--help` needs none of it

    return run()


if __name__ == "__main__":
    sys.exit(main())
