"""Parses `Retry-After`: when a busy chat backend wants the event again."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_MOST_DIGITS = 9


def retry_after(headers: Mapping[str, str], *, longest: timedelta) -> timedelta | None:
    """Return the wait that an answer asks for, at most `longest`; None if it asks for none.

    It is a number of seconds, or a date, which is compared with the answer's own `Date` if there is
    one. Anything else is ignored.
    """
    given = headers.get("Retry-After", "").strip()
    if given.isascii() and given.isdigit():
        return longest if len(given) > _MOST_DIGITS else min(timedelta(seconds=int(given)), longest)
    until = _moment(given)
    if until is None:
        return None
    now = _moment(headers.get("Date", "")) or datetime.now(UTC)
    return min(max(until - now, timedelta(0)), longest)


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
