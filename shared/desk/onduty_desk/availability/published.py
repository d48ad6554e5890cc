"""Reads what the desk has written of a group for backends: how many are available, what room."""

from onduty import Availability
from onduty.availability import read_availability
from onduty.errors import DeskMisconfigured


def published(written: str | None) -> Availability | None:
    """Return it; None if no dispatcher has written it for a while, or another program has.

    It is a few seconds old.
    """
    try:
        return read_availability(None if written is None else written.encode())
    except DeskMisconfigured:
        return None
