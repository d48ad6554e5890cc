"""What judges the boards must see each way in which one can lie."""

from dataclasses import replace

from chaos.boards import wrong
from chaos.copies import BOARD, COME_BACK
from chaos.shown_message import shown_message
from chaos.truth import Known, Truth
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import ChatMessage

ANNA, BORIS = ChatId(101), ChatId(102)
CLAIMED = {"state": "claimed", "group": "support", "owner": "101", "owner_name": "Anna"}
CONVERSATIONS = [CLAIMED, {"group": "support"}, {"group": "support"}, {"group": "sales"}]
KEPT = {"wanted": "1", "group": "support", "message": "5"}
TRUE = "Yours: 1 · Waiting: 2, oldest since 14:32 UTC\nAlice of c0"


def board(text: str, number: int = 5, *, pinned: bool = True, deleted: bool = False) -> ChatMessage:
    return shown_message(
        ANNA, text, BOARD, message_id=number, silent=True, pinned=pinned, deleted=deleted
    )


def found(*shown: ChatMessage, kept: dict[str, str] = KEPT, on: bool = True) -> list[str]:
    truth = Truth(
        {f"c{n}": Known(fields, {}, (), frozenset()) for n, fields in enumerate(CONVERSATIONS)},
        frozenset({ANNA, BORIS} if on else {BORIS}),
    )
    return list(wrong(truth, ANNA, kept, shown))


def test_a_true_board() -> None:
    """It counts what its operator holds, and who waits in the group."""
    assert not found(board(TRUE))
    assert found(board("Yours: 0 · Waiting: 2"))
    assert found(board("Yours: 1 · Waiting: 3"))
    assert found(board("Yours are some"))


def test_it_is_pinned_and_the_only_one() -> None:
    """Not a second that is pinned, nor none at all."""
    assert found()
    assert found(board(TRUE, pinned=False))
    assert found(board(TRUE, deleted=True))
    assert found(board(TRUE), board(TRUE, 6))


def test_none_is_pinned_off_duty() -> None:
    """It goes with the duty; and nobody misses what is not wanted."""
    assert found(board(TRUE), on=False)
    assert not found(on=False)
    assert not found(kept={})


def test_it_says_that_its_operator_is_paused() -> None:
    """With the way back; and not when they are not."""
    truth = Truth({}, frozenset({ANNA}), paused=frozenset({ANNA}))
    there = shown_message(
        ANNA, "Yours: 0 · Waiting: 0", BOARD, message_id=5, silent=True, pinned=True
    )
    paused = shown_message(
        ANNA,
        "⏸️ You are paused until 14:32\nYours: 0 · Waiting: 0",
        [COME_BACK, *BOARD],
        message_id=5,
        silent=True,
        pinned=True,
    )
    assert not list(wrong(truth, ANNA, KEPT, [paused]))
    assert list(wrong(truth, ANNA, KEPT, [there]))
    assert list(wrong(replace(truth, paused=frozenset()), ANNA, KEPT, [paused]))
