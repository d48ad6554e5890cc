"""What looks for conversations in other places must see each of them."""

import pytest

from chaos.places import misplaced
from chaos.truth import Known, Truth
from onduty_desk.model.keys import OperatorId, claims_key, offers_key, waiting_key

WAITING = {"state": "waiting", "group": "sales", "pass_to": "102"}
CLAIMED = {"state": "claimed", "group": "sales", "owner": "101"}
LINE, CLAIMS, OFFERS = (
    waiting_key(""),
    claims_key(OperatorId(0)).removesuffix("0"),
    offers_key(OperatorId(0)).removesuffix("0"),
)


@pytest.mark.parametrize(
    ("fields", "place", "whose", "is_right"),
    [
        (WAITING, LINE, "sales", True),
        (WAITING, LINE, "support", False),
        (CLAIMED, LINE, "sales", False),
        (CLAIMED, CLAIMS, "101", True),
        (CLAIMED, CLAIMS, "102", False),
        (WAITING, CLAIMS, "101", False),
        (WAITING, OFFERS, "102", True),
        (CLAIMED, OFFERS, "102", False),
    ],
)
def test_each_is_where_it_says(
    fields: dict[str, str], place: str, whose: str, *, is_right: bool
) -> None:
    """In its group's line, its owner's list, and that of who is asked."""
    truth = Truth({"c1": Known(fields, {}, (), frozenset())}, frozenset())
    assert (list(misplaced(truth, place, whose, ["c1"])) == []) is is_right


def test_what_is_gone_is_nowhere() -> None:
    """It has expired."""
    assert list(misplaced(Truth({}, frozenset()), LINE, "sales", ["c1"]))
