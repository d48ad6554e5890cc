"""Sizes at a glance."""

import pytest

from onduty_desk.texts import words
from onduty_dispatcher.cards.measures import file_size


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
