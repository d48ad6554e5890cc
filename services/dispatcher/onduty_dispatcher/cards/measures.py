"""Formats sizes for cards: "5.3 GB"."""

from onduty_desk.texts import Words

_STEP = 1000
_ONE_DIGIT = 9.95
"""Below it one decimal is shown."""


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
