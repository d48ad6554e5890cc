"""`Retry-After`, in whichever form a chat backend writes it."""

from datetime import timedelta

import pytest

from onduty_dispatcher.events.retry_after import retry_after

LONGEST = timedelta(minutes=15)
AT_TEN = "Thu, 26 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("0", 0),
        (" 20 ", 20),
        ("900", 900),
        ("901", 900),
        ("9" * 5_000, 900),
        ("Thu, 26 Nov 2026 10:00:30 GMT", 30),
        ("Thu, 26 Nov 2026 11:00:30 +0100", 30),
        ("Thursday, 26-Nov-26 10:00:30 GMT", 30),
        ("Thu, 26 Nov 2026 09:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 900),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("Thu, 99 Nov 2026 10:00:30 GMT", None),
    ],
)
def test_a_pause_is_read_and_bounded(given: str, seconds: int | None) -> None:
    """Seconds or a date; what is neither asks for nothing, and none is endless."""
    wait = retry_after({"Retry-After": given, "Date": AT_TEN}, longest=LONGEST)
    assert wait == (None if seconds is None else timedelta(seconds=seconds))


def test_a_date_is_read_by_our_clock_if_there_is_no_other() -> None:
    """Most servers send their own time along; some do not."""
    headers = {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}
    assert retry_after(headers, longest=LONGEST) == LONGEST
    assert retry_after({}, longest=LONGEST) is None
