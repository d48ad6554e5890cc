"""Times and durations at a glance."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from onduty_desk.texts import words
from onduty_desk.texts.times import clock, day_and_clock, lasting

EVENING = datetime(2026, 11, 27, 23, 5, 59, tzinfo=UTC)


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


@pytest.mark.parametrize(
    ("zone", "shown", "with_day"),
    [
        ("UTC", "23:05 UTC", "2026-11-27 23:05 UTC"),
        ("Europe/Berlin", "00:05 CET", "2026-11-28 00:05 CET"),
        ("Asia/Almaty", "04:05 UTC+05", "2026-11-28 04:05 UTC+05"),
        ("America/New_York", "18:05 EST", "2026-11-27 18:05 EST"),
    ],
)
def test_a_time_of_day_is_the_desks(zone: str, shown: str, with_day: str) -> None:
    """With the zone, for who is elsewhere; the day is the desk's too."""
    assert clock(EVENING, ZoneInfo(zone)) == shown
    assert day_and_clock(EVENING, ZoneInfo(zone)) == with_day


def test_summer_time_is_kept() -> None:
    """A shift in July and one in November begin at the same time on the wall."""
    july = datetime(2026, 7, 1, 7, tzinfo=UTC)
    november = datetime(2026, 11, 1, 8, tzinfo=UTC)
    berlin = ZoneInfo("Europe/Berlin")
    assert (clock(july, berlin), clock(november, berlin)) == ("09:00 CEST", "09:00 CET")
