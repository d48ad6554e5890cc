"""What holds the events against each other must find each way in which they can be wrong."""

from datetime import UTC, datetime

import pytest

from chaos.story import closings, contradictions
from onduty.events import Event, parse_event

ANNA, BORIS = 101, 102


def told(*kinds: str) -> list[Event]:
    """Return events: "claimed 101", "claimed 102 101" (taken over), "released 101", "closed"."""
    return [event(number, kind) for number, kind in enumerate(kinds, 1)]


def event(sequence: int, kind: str) -> Event:
    what, *people = kind.split()
    operators = [{"id": int(person), "name": f"Operator {person}"} for person in people]
    return parse_event(
        {
            "type": f"conversation.{what}",
            "id": f"{sequence}-{kind.replace(' ', '-')}",
            "conversation_id": "c1",
            "occurred_at": datetime.now(UTC).isoformat(),
            "sequence": sequence,
            "reason": "released",
            **dict(zip(("operator", "previous"), operators, strict=False)),
        }
    )


def test_a_whole_story() -> None:
    """Claimed, taken over, passed on, released, claimed, closed by the backend, claimed anew."""
    kinds = ("claimed 102", "claimed 101 102", "delegated 102 101", "released 102", "claimed 101")
    events = told(*kinds, "closed", "claimed 101")
    assert contradictions([*events, events[2]], {"c1": ("claimed", ANNA)}) == []
    assert contradictions(events[:-1], {"c1": ("waiting", None)}) == []


@pytest.mark.parametrize(
    ("kinds", "wrong"),
    [
        (("claimed 101", "claimed 102"), "taken from None, and 101 had it"),
        (("claimed 101 102",), "and None had it"),
        (("claimed 101", "delegated 102"), "taken from None, and 101 had it"),
        (("released 101",), "released by"),
        (("claimed 101", "released 102"), "and 101 had it"),
        (("claimed 101", "closed", "released 101"), "and None had it"),
    ],
)
def test_what_cannot_follow(kinds: tuple[str, ...], wrong: str) -> None:
    """Two owners at once, or something done by whoever did not have it."""
    assert any(wrong in found for found in contradictions(told(*kinds), {}))


def test_a_gap_and_a_number_given_twice() -> None:
    """Each event has the next number, once."""
    first, _, third = told("claimed 101", "released 101", "claimed 102")
    assert any("has number 3 after 1" in found for found in contradictions([first, third], {}))
    again = event(1, "claimed 102")
    assert any("two events have number 1" in one for one in contradictions([first, again], {}))


@pytest.mark.parametrize("state", [("waiting", None), ("claimed", BORIS), ("closed", None)])
def test_an_end_that_is_not_what_is(state: tuple[str, int | None]) -> None:
    """What was told last is what Redis says."""
    assert contradictions(told("claimed 101"), {"c1": state}) != []


def test_a_claim_that_nobody_was_told_of() -> None:
    """Not even a first event came."""
    assert contradictions([], {"c1": ("claimed", ANNA)}) != []
    assert contradictions([], {"c1": ("waiting", None)}) == []


def test_the_last_closing_counts() -> None:
    """Whoever reopens it has its only card."""
    events = told("claimed 101", "closed 101", "claimed 101", "closed 101", "claimed 101")
    assert closings(reversed(events)) == {"c1": events[3].occurred_at.timestamp()}
    assert not closings(told("claimed 101", "released 101"))
