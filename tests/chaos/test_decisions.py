"""What judges decisions must see each way in which one can be wrong."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from chaos.decisions import Decision, Judged, judge_decisions

A, B = "1", "2"


def one(what: str, conversation: str = "c1", operator: str = A, **more: Any) -> Decision:
    return Decision(1, what, conversation, operator, **{"group": "assigned", **more})


def judged(
    *decisions: Decision,
    owners: Mapping[str, str] | None = None,
    pauses: Mapping[str, Sequence[tuple[float, float]]] | None = None,
    with_events: bool = False,
) -> Judged:
    found = judge_decisions(decisions, "assigned", pauses or {}, [], dict(owners or {}))
    if not with_events:
        found.miscounted = [it for it in found.miscounted if ": given to" not in it]
    return found


def wrong(found: Judged) -> set[str]:
    return {name for name, cases in vars(found).items() if name != "counts" and cases}


OFFERED, CLAIMED = one("offered", capacity=1), one("claimed", capacity=1, held=1)
DROPPED, LET_GO = one("dropped"), one("let_go", held=0)
OTHER: dict[str, Any] = {"conversation": "c2", "capacity": 1}


def test_a_right_story() -> None:
    """Offered, accepted, closed, reopened; the next one of those who wait."""
    story = (
        *(OFFERED, CLAIMED, DROPPED, LET_GO, one("closed")),
        *(one("offered", **OTHER), one("claimed", capacity=1, held=1)),
    )
    found = judged(*story, owners={"c1": A})
    assert (wrong(found), found.counts["claimed"]) == (set(), 2)


@pytest.mark.parametrize(
    ("decisions", "what"),
    [
        ((OFFERED, one("offered", operator=B)), "offered_to_two"),
        ((OFFERED, one("offered", **{**OTHER, "capacity": 2})), "offered_to_two"),
        ((OFFERED, one("claimed", operator=B, held=1)), "offered_to_two"),
        ((CLAIMED, one("claimed", held=2, **OTHER)), "above_capacity"),
        ((CLAIMED, one("offered", **OTHER)), "above_capacity"),
        ((CLAIMED, one("claimed", "c2", held=2, limit=1)), "above_capacity"),
        ((one("offered", before=(("c0", 0),)),), "out_of_turn"),
        ((one("rung"), one("rung")), "twice"),
        ((one("claimed", held=1), one("claimed", operator=B, held=1)), "miscounted"),
        ((one("claimed", held=2),), "miscounted"),
        ((LET_GO,), "miscounted"),
        ((DROPPED,), "miscounted"),
    ],
)
def test_what_must_not_be(decisions: tuple[Decision, ...], what: str) -> None:
    """Each kind by itself."""
    owners = {it.conversation: it.operator for it in decisions if it.what == "claimed"}
    assert wrong(judged(*decisions, owners=owners)) == {what}


def test_those_before_it_that_were_asked_or_cannot_be() -> None:
    """They have had their turn, or it has not come."""
    asked = (one("offered", "c0"), one("dropped", "c0"))
    assert wrong(judged(*asked, one("offered", before=(("c0", 0), ("c9", 1))))) == set()
    again = (*asked, one("moved", "c0", B), one("offered", before=(("c0", 0),)))
    assert wrong(judged(*again)) == {"out_of_turn"}


def test_only_ones_own_close_or_release_can_be_undone_beyond_capacity() -> None:
    """And only while nobody else was asked."""
    held = (CLAIMED, LET_GO, one("closed"), one("claimed", held=1, **OTHER))
    again = one("claimed", capacity=1, held=2)
    assert wrong(judged(*held, again, owners={"c1": A, "c2": A})) == set()
    others = (*held, one("offered", operator=B), one("dropped", operator=B))
    assert wrong(judged(*others, again, owners={"c1": A, "c2": A})) == {"above_capacity"}


@pytest.mark.parametrize("what", ["offered", "rung"])
def test_who_is_paused_is_not_asked(what: str) -> None:
    """From when they were told until they asked to come back."""
    assert wrong(judged(one(what), pauses={A: [(0.5, 2)]})) == {"to_paused"}
    assert wrong(judged(one(what), pauses={A: [(1.5, 2)], B: [(0.5, 2)]})) == set()


def test_what_the_end_or_the_backend_belies() -> None:
    """Redis knows of another owner, or the backend of fewer."""
    assert wrong(judged(CLAIMED, owners={"c1": B})) == {"miscounted"}
    assert wrong(judged(CLAIMED, owners={"c1": A}, with_events=True)) == {"miscounted"}
