"""What judges how short a chat is must see each bubble that should be gone."""

from collections.abc import Mapping
from dataclasses import replace

from chaos.copies import LOOK
from chaos.shown_message import shown_message
from chaos.tidy import CLAIM, OPEN, REOPEN, untidy
from chaos.truth import Known, Truth
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import ChatMessage

ANNA, BORIS = ChatId(101), ChatId(102)
WAITING = {"state": "waiting", "group": "support"}
CLAIMED = {"state": "claimed", "group": "support", "owner": "101", "owner_name": "Anna"}
CLOSED = {"state": "closed", "group": "support", "kept_by": "101"}
WHOSE = "Alice of c1"
VERBS = {
    CLAIM: Verb.CLAIM,
    OPEN: Verb.OPEN,
    REOPEN: Verb.REOPEN,
    LOOK: Verb.OPEN,
    "☑️ Close": Verb.CLOSE,
    "Take over": Verb.TAKE_OVER,
    "Back": Verb.BACK,
}


def bubble(
    text: str, *buttons: str, number: int = 1, silent: bool = False, pinned: bool = False
) -> ChatMessage:
    return shown_message(
        BORIS,
        text,
        buttons,
        lambda button: VERBS.get(button, button),
        message_id=number,
        silent=silent,
        pinned=pinned,
    )


def found(
    fields: Mapping[str, str], phone: ChatId, *shown: ChatMessage, **copy: object
) -> list[str]:
    known = Known(fields, {phone: copy}, ("m1",), frozenset({ANNA, BORIS}))
    truth = Truth({"c1": known}, frozenset({ANNA, BORIS}))
    return untidy(truth, {phone: shown}, [ANNA, BORIS])


def test_closed_it_is_one_line_at_its_owner() -> None:
    """And gone from all others; of a backend's close nobody keeps anything but the owner."""
    line = bubble(f"☑️ {WHOSE} · closed by you", REOPEN)
    assert not found(CLOSED, ANNA, line)
    assert not found(CLOSED, BORIS)
    assert found(CLOSED, BORIS, bubble(f"☑️ {WHOSE} · closed by Anna"))
    assert found(CLOSED, ANNA, line, bubble(f"{WHOSE} writes again", number=2))
    assert found(CLOSED, ANNA, bubble(f"☑️ {WHOSE}\nWhere is it?", REOPEN))
    assert found({"state": "closed", "group": "support"}, ANNA, line)


def test_a_colleagues_is_two_lines_at_most() -> None:
    """Unless one reads it just now, or it says that it was taken over."""
    line = bubble(f"👤 {WHOSE} · Anna is answering\nWhere is it?", OPEN)
    assert not found(CLAIMED, BORIS, line)
    assert found(CLAIMED, BORIS, bubble(f"👤 {WHOSE}\n1\n2", OPEN))
    assert not found(CLAIMED, BORIS, bubble(f"👤 {WHOSE}\n1\n2", "Take over", "Back"))
    note = bubble(f"Anna took over {WHOSE} from you", number=2)
    assert found(CLAIMED, BORIS, line, note)
    assert not found(CLAIMED, BORIS, line, note, told=2)
    assert not found(CLAIMED, ANNA, bubble(f"🟢 {WHOSE}\n1\n2", "☑️ Close"), note)


def test_the_newest_ring_of_who_waits_has_the_button() -> None:
    """Silent bubbles below it have none, and need none."""
    card = bubble(f"Where is it?\n{WHOSE} writes to The Shop", CLAIM)
    assert not found(WAITING, BORIS, card)
    assert found(WAITING, BORIS, card, bubble(f"And? {WHOSE}", number=2))
    assert not found(WAITING, BORIS, card, bubble(f"And? {WHOSE}", number=2, silent=True))
    menu = ["❗ Urgent", "✓ Normal", "💤 Can wait", "🤝 Pass on", "Back"]
    assert not found(WAITING, BORIS, bubble(f"Where is it?\n{WHOSE}", *menu))


def test_a_look_is_there_if_something_is_hidden() -> None:
    """Earlier messages, or an earlier round."""
    assert found(WAITING, BORIS, bubble(WHOSE, CLAIM, LOOK))
    assert not found(WAITING, BORIS, bubble(f"{WHOSE}\n… 5 earlier messages", CLAIM, LOOK))
    assert not found(WAITING | {"from_seq": "1"}, BORIS, bubble(WHOSE, CLAIM, LOOK))


def test_nothing_tells_of_a_pin() -> None:
    """The bubble that Telegram makes of it goes."""
    bubble_of_pin = shown_message(BORIS, "", message_id=6, silent=True, pins=5)
    assert found(WAITING, BORIS, bubble_of_pin)
    assert not found(WAITING, BORIS, replace(bubble_of_pin, deleted=True))


def test_lists_and_boards_are_no_bubbles_of_a_customer() -> None:
    """They name customers, and are judged by themselves."""
    board = bubble(f"Yours: 1 · Waiting: 0\n{WHOSE}", "Mine", "Queue", pinned=True)
    assert not found(CLOSED, BORIS, board, bubble(f"1. {WHOSE}", "1", number=2))
    assert not found(CLOSED, BORIS, bubble(f"🤝 Anna is asked to take over {WHOSE}."))
    assert not found(CLOSED, BORIS, bubble(f"🤝 {WHOSE} waits in the group sales now."))
    assert not found(CLOSED, BORIS, bubble(f"🤝 To whom shall {WHOSE} go? The number is"))
    assert not found(CLOSED, BORIS, bubble(f"🤝 {WHOSE}, to Anna. Why? Write one line"))
    assert not found(CLOSED, BORIS, bubble(f"Anna has been asked about {WHOSE} already."))
    assert found(CLOSED, BORIS, bubble(f"🤝 {WHOSE} · passed on by Anna"))


def test_what_is_in_another_group_is_on_no_phone_of_this_one() -> None:
    """It was passed on; whoever went off duty may keep what they had."""
    known = Known(WAITING, {BORIS: {"card": 1}}, ("m1",), frozenset({ANNA, BORIS}))
    card = bubble(f"Where is it?\n{WHOSE} writes to The Shop")
    in_sales = {"support": frozenset({ANNA})}
    truth = Truth({"c1": known}, frozenset({ANNA, BORIS}), in_sales)
    assert untidy(truth, {BORIS: [card]}, [])
    assert untidy(truth, {BORIS: [bubble(f"And? {WHOSE}", CLAIM, number=2)]}, [])
    assert not untidy(truth, {BORIS: [bubble(f"And? {WHOSE}", number=2)]}, [])
    assert not untidy(truth, {BORIS: []}, [])
    assert not untidy(replace(truth, on_duty=frozenset({ANNA})), {BORIS: [card]}, [])
