"""Installs a set of pinned packages into .venv, and says what it does and for how long.

`python3 requirements/install.py SET [FOLDER…]`: the packages of SET.txt, then the distributions in
these folders, editable. It runs before anything is installed, so it needs the standard library
alone. A second call, and one after it was stopped, do what is left to do.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

VENV = Path(".venv")
PYTHON = VENV / "bin" / "python"
PIP = (str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-deps")


def main(name: str, *folders: str) -> int:
    """Install, and return the exit code."""
    pinned = Path(__file__).with_name(f"{name}.txt")
    count = sum("==" in line for line in pinned.read_text().splitlines())
    try:
        if not _is_there():
            _step("Making .venv", (sys.executable, "-m", "venv", "--clear", str(VENV)))
        # The list is complete, so pip need not look for dependencies; and only what is imported is
        # compiled, then. It takes half of the time.
        packages = ("--no-compile", "--require-hashes", "--requirement", str(pinned))
        _step(f"Installing {count} packages", (*PIP, *packages))
        if folders:
            editable = [part for folder in folders for part in ("--editable", folder)]
            _step("Installing Onduty", (*PIP, "--no-build-isolation", *editable))
    except subprocess.CalledProcessError as failed:
        _say(f"\n{failed.output.strip()}\nThat did not work; the next try goes on from here.\n")
        return 1
    except KeyboardInterrupt:
        _say("\nStopped; the next time it goes on from here.\n")
        return 130
    return 0


def _is_there() -> bool:
    """Whether .venv works: it does not if making it was stopped, or its Python is gone."""
    try:
        asked = subprocess.run((*PIP[:3], "--version"), capture_output=True, check=False)
    except OSError:
        return False
    return asked.returncode == 0


def _step(what: str, command: "tuple[str, ...]") -> None:
    """Run a command; on a terminal the seconds are counted meanwhile, elsewhere said at the end."""
    began = time.monotonic()
    is_terminal = sys.stdout.isatty()
    _say(f"{what} …")
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            while process.poll() is None:
                try:
                    process.wait(1)
                except subprocess.TimeoutExpired:
                    if is_terminal:
                        _say(f"\r{what} … {time.monotonic() - began:.0f} s")
        except KeyboardInterrupt:  # pip gets it too, and ends
            process.wait()
            raise
        if process.returncode:
            output.seek(0)
            raise subprocess.CalledProcessError(process.returncode, command, output.read())
    again = f"\r{what} …" if is_terminal else ""
    _say(f"{again} {time.monotonic() - began:.0f} s\n")


def _say(text: str) -> None:
    print(text, end="", flush=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
