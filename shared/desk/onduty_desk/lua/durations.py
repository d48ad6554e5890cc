"""How long, as scripts are told it."""

from datetime import timedelta


def in_ms(time: timedelta) -> int:
    """Return whole milliseconds."""
    return time // timedelta(milliseconds=1)


def in_us(time: timedelta) -> int:
    """Return microseconds."""
    return time // timedelta(microseconds=1)
