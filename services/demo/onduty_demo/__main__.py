"""`make run`: starts the whole desk on this machine, shows it at work, and ends it on Ctrl-C."""

import signal
import sys


def main() -> int:
    """Run until Ctrl-C; return 0, or 1 after one sentence that says what to do."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # nothing runs yet that would have to be ended
    from onduty_demo.running import run  # noqa: PLC0415 - it takes a second, and Ctrl-C may come

    return run()


if __name__ == "__main__":
    sys.exit(main())
