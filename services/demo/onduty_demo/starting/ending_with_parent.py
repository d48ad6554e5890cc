"""Becomes a command that ends when its parent does: `… ending_with_parent SIGTERM COMMAND`.

So nothing outlives a demo, or a supervisord, that is killed with SIGKILL. Linux tells a process of
its parent's death; elsewhere what a SIGKILL leaves behind must be ended by hand.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask for this signal at the parent's death, then become the command."""
    name, *command = sys.argv[1:]
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.Signals[name])
        if os.getppid() != parent:
            return  # it died before we asked, so nobody will tell us
    os.execv(command[0], command)  # noqa: S606 - our own programs, and no shell is wanted


if __name__ == "__main__":
    main()
