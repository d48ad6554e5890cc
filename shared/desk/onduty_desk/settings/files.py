"""Checks the files of settings before they are read; refuses unreadable lines and cut values."""

from collections.abc import Iterable

from onduty.env_file import FileUnreadable, Line, lines_of, read_file
from onduty.given import ENV_FILE, secret_files

_PHRASES = ("ONDUTY_TEAM_SECRET", "ONDUTY_GROUPS")
"""They may hold any character; other settings that were cut fail their own validation."""

_BYTE_ORDER_MARK = "\ufeff"
"""It would become part of the value of a secret file; in `.env` it is skipped."""


def check_setting_files(names: Iterable[str]) -> None:
    """Return if all files can be read, and no phrase is cut by a comment.

    Raises:
        FileUnreadable: with a sentence that says which file, and what to do.
    """
    files = secret_files()
    for name in names:
        path = files.get(f"onduty_{name}")
        if path and read_file(path).startswith(_BYTE_ORDER_MARK):
            raise FileUnreadable(
                f"{path} begins with a byte order mark; save it as UTF-8 without one"
            )
    if not ENV_FILE.is_file():
        return
    newest: dict[str, Line] = {}
    for line in lines_of(read_file(ENV_FILE)):
        if not line.is_readable and line.text.removeprefix("export ").startswith("ONDUTY_"):
            raise FileUnreadable(
                f"{ENV_FILE.absolute()}: line {line.number} cannot be read; close its quotes, and "
                "put a quote that is part of the value into the other kind of quotes"
            )
        if line.name is not None:
            newest[line.name.upper()] = line
    for name in _PHRASES:
        line_of_it = newest.get(name)
        if line_of_it and line_of_it.is_cut:
            raise FileUnreadable(
                f"{ENV_FILE.absolute()}: {name} ends where a comment begins, at the #; put the "
                f"whole value in quotes, {name}='…', or the comment on a line of its own"
            )
