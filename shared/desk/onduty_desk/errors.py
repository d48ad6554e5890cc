"""Names an error for logs and lists, without its own text: that may hold a customer's words."""

from pathlib import PurePath
from traceback import extract_tb


def place_of(error: BaseException) -> str:
    """Return the error's kind and the line of ours that it passed last."""
    frames = extract_tb(error.__traceback__)
    last = next((frame for frame in reversed(frames) if "onduty" in frame.filename), None)
    place = f" in {last.name} ({PurePath(last.filename).name}:{last.lineno})" if last else ""
    return f"{type(error).__name__}{place}"
