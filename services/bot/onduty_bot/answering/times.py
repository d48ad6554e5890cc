"""Formats durations for the bot's answers."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from onduty_desk.texts import Words
from onduty_desk.texts.times import clock

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def lasting_in_words(words: Words, time: timedelta) -> str:
    """Return "1 minute", "3 hours" or "2 days": the largest unit that fits, at least a minute."""
    if time >= 2 * _DAY:
        days = time // _DAY
        return words.ngettext("{days} day", "{days} days", days).format(days=days)
    if time >= 2 * _HOUR:
        hours = time // _HOUR
        return words.ngettext("{hours} hour", "{hours} hours", hours).format(hours=hours)
    minutes = max(1, time // _MINUTE)
    return words.ngettext("{minutes} minute", "{minutes} minutes", minutes).format(minutes=minutes)


def coming(words: Words, until: datetime, left: timedelta, zone: ZoneInfo) -> str:
    """Return "in 15 minutes (after 14:05 CET)", with the minutes rounded up."""
    rounded_up = -(-left // _MINUTE) * _MINUTE
    moment = until + (_MINUTE - timedelta(microseconds=1))
    return words.gettext("in {time} (after {clock})").format(
        time=lasting_in_words(words, rounded_up), clock=clock(moment, zone)
    )
