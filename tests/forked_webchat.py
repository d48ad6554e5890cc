"""Runs `examples/webchat` in a forked process, as if it were started as a program."""

import runpy
from pathlib import Path

PROGRAM = Path(__file__).parents[1] / "examples" / "webchat" / "webchat.py"


def main() -> None:
    """Run it until it is killed."""
    runpy.run_path(str(PROGRAM), run_name="__main__")
