"""What a desk is built with: options with which no call could succeed."""

from datetime import timedelta
from math import inf, nan

import pytest

from onduty import AsyncSupportDesk, CustomerMessage, SupportDesk

WRONG = [
    *({"timeout_s": value} for value in (0, -1, nan, inf, None, "2")),
    *({"retention": value} for value in (timedelta(0), timedelta(days=-1), timedelta.max, 30)),
    *({"wait_replicas": value} for value in (-1, 1.5, "1", 10**12)),
]


@pytest.mark.parametrize("options", WRONG, ids=str)
@pytest.mark.parametrize("kind", [SupportDesk, AsyncSupportDesk])
def test_it_is_refused_when_the_desk_is_built(
    kind: type[SupportDesk | AsyncSupportDesk], options: dict[str, object]
) -> None:
    """As DeskUnavailable at each call it would look like an outage, and the outbox grow."""
    with pytest.raises(ValueError, match=f"^{next(iter(options))}: "):
        kind("redis://127.0.0.1:1/0", **options)  # type: ignore[arg-type]


def test_the_least_and_the_most_are_taken(backends_url: str) -> None:
    """What is not refused works."""
    message = CustomerMessage(text="Hello", customer_name="Alice", recipient="The Shop")
    for retention in (timedelta(minutes=1), timedelta(days=3650)):
        desk = SupportDesk(backends_url, timeout_s=24 * 3600, retention=retention)
        assert desk.notify(message) == message.id
