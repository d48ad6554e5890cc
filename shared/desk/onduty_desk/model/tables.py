"""How the fields of a record are written down."""

from typing import NamedTuple


class Field(NamedTuple):
    """One field of a hash, or of JSON in one."""

    name: str
    kind: str
    about: str
    by: str
    """The Lua modules that write it, separated by blanks."""


def table(*rows: tuple[str, str, str, str]) -> dict[str, Field]:
    """Return rows by the names of their fields."""
    return {row[0]: Field(*row) for row in rows}
