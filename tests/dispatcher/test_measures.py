"""Times and sizes at a glance."""

from datetime import timedelta

import pytest

from onduty_desk.texts import words
from onduty_dispatcher.cards.measures import file_size, lasting


@pytest.mark.parametrize(
    ("count", "english", "russian"),
    [
        (0, "0 B", "0 Б"),
        (999, "999 B", "999 Б"),
        (1_000, "1 kB", "1 КБ"),
        (120_400, "120 kB", "120 КБ"),
        (999_600, "1 MB", "1 МБ"),
        (1_234_567, "1.2 MB", "1,2 МБ"),
        (9_960_000, "10 MB", "10 МБ"),
        (5_300_000_000, "5.3 GB", "5,3 ГБ"),
        (2**53, "9 PB", "9 ПБ"),
    ],
)
def test_a_size_is_short(count: int, english: str, russian: str) -> None:
    """An operator sees whether a file is for a phone."""
    assert file_size(words("en"), count) == english
    assert file_size(words("ru"), count) == russian


@pytest.mark.parametrize(
    ("minutes", "english", "russian"),
    [
        (0, "1 min", "1 мин"),
        (119, "119 min", "119 мин"),
        (9 * 60, "9 h", "9 ч"),
        (47 * 60, "47 h", "47 ч"),
        (4320, "3 days", "3 дня"),
    ],
)
def test_a_time_is_short(minutes: int, english: str, russian: str) -> None:
    """Three days are not 4320 minutes."""
    assert lasting(words("en"), timedelta(minutes=minutes)) == english
    assert lasting(words("ru"), timedelta(minutes=minutes)) == russian
