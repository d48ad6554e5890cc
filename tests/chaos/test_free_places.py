"""What judges free places must see each that is free, and none that is not."""

from collections.abc import Mapping

import pytest

from chaos.free_places import Snapshot, free_while_waiting

WAITING = {"id": "c1", "state": "waiting", "group": "assigned"}
ANNA = {"id": "1"}


def found(
    waiting: Mapping[str, str],
    operator: Mapping[str, str],
    *owned: Mapping[str, str],
    capacity: int = 1,
) -> list[str]:
    theirs = {f"o{n}": one for n, one in enumerate(owned)}
    snapshot = Snapshot("assigned", capacity, [waiting], [operator], theirs)
    return list(free_while_waiting(snapshot))


def test_who_waits_while_somebody_is_free_is_found() -> None:
    """Also when others own what they may, or this one owns in another group."""
    assert found(WAITING, ANNA) == ["c1 waits, and 1 is free"]
    assert found(WAITING, ANNA, {"owner": "2", "group": "assigned"})
    assert found(WAITING, ANNA, {"owner": "1", "group": "sales"})
    assert found(WAITING, ANNA, {"owner": "1", "group": "assigned"}, capacity=0)
    assert found({**WAITING, "tried": "2 3"}, ANNA)


@pytest.mark.parametrize(
    ("waiting", "operator"),
    [
        ({"pass_to": "2"}, {}),
        ({"answered": "1"}, {}),
        ({"first_until_ms": "1"}, {}),
        ({"rung": "all"}, {}),
        ({"is_to_be_routed": "yes"}, {}),
        ({"tried": "2 1"}, {}),
        ({"returned_by": "1"}, {}),
        ({"ring": "conversation.delegated", "ring_except": "1"}, {}),
        ({}, {"is_paused": "yes"}),
        ({}, {"is_away": "yes"}),
    ],
)
def test_what_cannot_be_offered_now_is_not(
    waiting: Mapping[str, str], operator: Mapping[str, str]
) -> None:
    """It is put off, or they know of it, or are not available."""
    assert not found({**WAITING, **waiting}, {**ANNA, **operator})


def test_who_has_no_room_is_not_free() -> None:
    """By the group's capacity, their own limit, or because they are asked about another."""
    mine = {"owner": "1", "group": "assigned"}
    assert not found(WAITING, ANNA, mine)
    assert not found(WAITING, {**ANNA, "limit": "1"}, {**mine, "group": "sales"})
    assert not found(WAITING, ANNA, {"pass_to": "1", "state": "waiting"})
