"""An odd update is set aside, and nothing else may be."""

import pytest

from chaos.odd_things import NOBODY, broken_on

Failure = dict[str, object]
ODD: Failure = {"kind": "update", "operator": None, "reason": "TypeError"}
OF_A_PERSON: Failure = {"kind": "update", "operator": 101, "reason": "TypeError"}


def found(*failures: Failure, odd_updates: int = 1) -> int:
    return len(broken_on({str(n): it for n, it in enumerate(failures)}, odd_updates))


@pytest.mark.parametrize(
    "failure", [ODD, ODD | {"operator": NOBODY}, {"kind": "delivery"}, {"kind": "job"}]
)
def test_what_must_stand_on_the_list(failure: Failure) -> None:
    """Odd updates, and what other rows of the table judge."""
    assert found(failure) == 0


@pytest.mark.parametrize("failure", [OF_A_PERSON, {"kind": "step"}, {"kind": "phone"}])
def test_what_must_not(failure: Failure) -> None:
    """A person's update, a step of a card, a phone."""
    assert found(failure) == 1


def test_more_of_nobody_than_were_odd() -> None:
    """One of them was somebody's, and could not even be read."""
    assert found(ODD, ODD, odd_updates=1) == 2
