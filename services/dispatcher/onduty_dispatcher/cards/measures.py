"""Formats durations and sizes for cards: "4 min", "9 h", "3 days", "5.3 GB"."""

from datetime import timedelta

from onduty_desk.texts import Words

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_STEP = 1000
_ONE_DIGIT = 9.95
"""Below it one decimal is shown."""


def lasting(words: Words, time: timedelta) -> str:
    """Return a duration in the largest unit of which it has at least two; at least a minute."""
    if time >= 2 * _DAY:
        days = time // _DAY
        return words.ngettext("{days} day", "{days} days", days).format(days=days)
    if time >= 2 * _HOUR:
        return words.gettext("{hours} h").format(hours=time // _HOUR)
    return words.gettext("{minutes} min").format(minutes=max(1, time // _MINUTE))


def file_size(words: Words, count: int) -> str:
    """Return a size in the unit that makes the shortest number."""
    units = (
        words.gettext("{size} B"),
        words.gettext("{size} kB"),
        words.gettext("{size} MB"),
        words.gettext("{size} GB"),
        words.gettext("{size} TB"),
        words.gettext("{size} PB"),
    )
    amount, unit = float(count), 0
    while round(amount) >= _STEP and unit < len(units) - 1:
        amount, unit = amount / _STEP, unit + 1
    tenths = round(amount * 10)
    if amount < _ONE_DIGIT and tenths % 10:
        number = words.gettext("{whole}.{tenth}").format(whole=tenths // 10, tenth=tenths % 10)
    else:
        number = str(round(amount))
    return units[unit].format(size=number)
