"""Formats durations and times of day, for operators and for the command line."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from onduty_desk.texts import Words

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def lasting(words: Words, time: timedelta) -> str:
    """Return "4 min", "9 h" or "3 days": the largest unit of which it has at least two.

    It is at least a minute.
    """
    if time >= 2 * _DAY:
        days = time // _DAY
        return words.ngettext("{days} day", "{days} days", days).format(days=days)
    if time >= 2 * _HOUR:
        return words.gettext("{hours} h").format(hours=time // _HOUR)
    return words.gettext("{minutes} min").format(minutes=max(1, time // _MINUTE))


def duration(seconds: float) -> str:
    """Return "45 s", "12 min", "5 h" or "3 days", for the command line."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.0f} s"
    minutes, hours = int(seconds // 60), int(seconds // 3600)
    if minutes < 90:  # noqa: PLR2004 - above it hours are exact enough
        return f"{minutes} min"
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"  # noqa: PLR2004 - the same of days


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """Return "14:05 CET", the time of day in the desk's zone."""
    here = moment.astimezone(zone)
    name = here.strftime("%Z")
    return f"{here:%H:%M} {name if name.isalpha() else f'UTC{name}'}"


def day_and_clock(moment: datetime, zone: ZoneInfo) -> str:
    """Return "2026-11-27 14:05 CET"."""
    return f"{moment.astimezone(zone):%Y-%m-%d} {clock(moment, zone)}"
