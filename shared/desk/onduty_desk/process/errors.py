"""Names an error for logs and lists, without its own text: that may hold a customer's words."""

import re
from pathlib import PurePath
from traceback import extract_tb

_OURS = re.compile(r"[/\\]onduty(_\w+)?[/\\]([^/\\]+[/\\])?[^/\\]+\.py$")
"""A module of one of our packages, or of a package in it; a checkout may be named like one."""


def is_ours(filename: str) -> bool:
    """Whether a line of a traceback is in a package of ours, not in a library."""
    return _OURS.search(filename) is not None


def place_of(error: BaseException) -> str:
    """Return the error's kind and the line of ours that it passed last."""
    frames = extract_tb(error.__traceback__)
    last = next((frame for frame in reversed(frames) if is_ours(frame.filename)), None)
    place = f" in {last.name} ({PurePath(last.filename).name}:{last.lineno})" if last else ""
    return f"{type(error).__name__}{place}"
