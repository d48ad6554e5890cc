"""Lints and formats the Lua of the named folders: `python -m lua_check [--write] FOLDER …`.

A machine needs only Python and make, so a tool that is not there is named and its part is left
out; where CI is true, that is a failure.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lua_check import stylua

NOT_LINTED = "The Lua was NOT linted; install the linter: apt-get install lua-check"
NOT_FORMATTED = (
    "The Lua's format was NOT looked at: StyLua comes with npm; "
    "install it (apt-get install nodejs npm), or see above why it could not"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 if the files are as they should be, or nobody could tell outside of CI."""
    parser = argparse.ArgumentParser(prog="lua_check", description=__doc__)
    parser.add_argument("--write", action="store_true", help="only format, in place")
    parser.add_argument("folder", nargs="+", type=Path)
    options = parser.parse_args(arguments)
    files = sorted(file for folder in options.folder for file in folder.rglob("*.lua"))
    if not files:
        return 0
    is_formatted = _format(files, write=options.write)
    is_linted = options.write or _lint(files)
    return 0 if is_formatted and is_linted else 1


def _lint(files: Sequence[Path]) -> bool:
    luacheck = shutil.which("luacheck")
    if luacheck is None:
        return _left_out(NOT_LINTED)
    plain = [] if sys.stdout.isatty() else ["--no-color"]
    return subprocess.run([luacheck, "--quiet", *plain, *files], check=False).returncode == 0


def _format(files: Sequence[Path], *, write: bool) -> bool:
    command = stylua.command()
    if command is None:
        return _left_out(NOT_FORMATTED)
    return subprocess.run([*command, *["--write"] * write, *files], check=False).returncode == 0


def _left_out(what: str) -> bool:
    print(what, file=sys.stderr)  # noqa: T201 - told to a person
    return os.environ.get("CI") != "true"


if __name__ == "__main__":
    sys.exit(main())
