"""Names an error by type and place, without its text, which may hold a customer's words."""

import re
from pathlib import PurePath
from traceback import extract_tb

_OURS = re.compile(r"[/\\]onduty(_\w+)?[/\\]([^/\\]+[/\\])?[^/\\]+\.py$")
"""A module of our packages, or of a folder in one; the checkout itself may be called `onduty`."""


def is_ours(filename: str) -> bool:
    """Whether a file of a traceback is in one of our packages, not in a library."""
    return _OURS.search(filename) is not None


def place_of(error: BaseException) -> str:
    """Return the error's type and the last line of our code in its traceback."""
    frames = extract_tb(error.__traceback__)
    last = next((frame for frame in reversed(frames) if is_ours(frame.filename)), None)
    place = f" in {last.name} ({PurePath(last.filename).name}:{last.lineno})" if last else ""
    return f"{type(error).__name__}{place}"
