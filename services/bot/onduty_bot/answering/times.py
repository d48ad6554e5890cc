"""Formats durations and times for operators, in UTC: their time zone is not known."""

from datetime import datetime, timedelta

from onduty_desk.texts import Words

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def lasting(words: Words, time: timedelta) -> str:
    """Return "1 minute", "3 hours" or "2 days": the largest unit that fits, at least a minute."""
    if time >= 2 * _DAY:
        days = time // _DAY
        return words.ngettext("{days} day", "{days} days", days).format(days=days)
    if time >= 2 * _HOUR:
        hours = time // _HOUR
        return words.ngettext("{hours} hour", "{hours} hours", hours).format(hours=hours)
    minutes = max(1, time // _MINUTE)
    return words.ngettext("{minutes} minute", "{minutes} minutes", minutes).format(minutes=minutes)


def coming(words: Words, until: datetime, left: timedelta) -> str:
    """Return "in 15 minutes (after 14:05 UTC)", with the minutes rounded up."""
    rounded_up = -(-left // _MINUTE) * _MINUTE
    return words.gettext("in {time} (after {clock})").format(
        time=lasting(words, rounded_up), clock=clock(until + (_MINUTE - timedelta(microseconds=1)))
    )


def clock(moment: datetime) -> str:
    """Return "14:05 UTC"."""
    return f"{moment:%H:%M} UTC"
