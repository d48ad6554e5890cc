"""What judges the cards must see each way in which one can lie."""

from collections.abc import Mapping

import pytest

from chaos.copies import CALL, NUDGE, lies
from chaos.truth import Known, Truth
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import Button, ChatMessage

ANNA, BORIS = ChatId(101), ChatId(102)
WAITING = {"state": "waiting", "group": "support"}
CLAIMED = {"state": "claimed", "group": "support", "owner": "101", "owner_name": "Anna"}
CLOSED = {"state": "closed", "group": "support", "closed_by": "101"}
CLAIM, OPEN, OWN = ["🙋 I'll answer", "👀 Look"], ["👀 Open"], ["☑️ Close", "↩️ Release"]
YOURS, HERS, OVER = "✅ You are answering", "✅ Anna is answering", "☑️ Closed"


def card(
    first_line: str, buttons: list[str], number: int = 1, reply_to: int | None = None
) -> ChatMessage:
    text = "\n".join(filter(None, (first_line, "Where is it?", "Alice of c1 writes to The Shop")))
    return ChatMessage(
        message_id=number,
        chat_id=BORIS,
        from_bot=True,
        sender_id=42,
        date=0,
        text=text,
        entities=(),
        buttons=(tuple(Button(text, text, None) for text in buttons),) if buttons else (),
        silent=False,
        preview_off=True,
        deleted=False,
        edited=False,
        reply_to=reply_to,
        reactions={},
        link_preview_options={},
        photo=False,
        document={},
        version=1,
    )


def found(fields: Mapping[str, str], phone: ChatId, *shown: ChatMessage, on: bool = True) -> bool:
    """Say whether a lie is found."""
    known = Known(fields, {}, ("m1",), frozenset({ANNA, BORIS}))
    truth = Truth({"c1": known}, frozenset({ANNA, BORIS} if on else {ANNA}))
    return bool(lies(truth, {phone: shown}, [ANNA, BORIS]))


@pytest.mark.parametrize(
    ("fields", "phone", "shown"),
    [
        (WAITING, BORIS, card("", CLAIM)),
        (WAITING | {"returned_from": "Anna"}, BORIS, card("↩️ Returned from Anna", CLAIM)),
        (CLAIMED, ANNA, card(YOURS, OWN)),
        (
            WAITING | {"returned_from": "B", "returned_by": "102"},
            BORIS,
            card("↩️ It was yours", CLAIM),
        ),
        (WAITING | {"was_with": "Anna"}, BORIS, card("🔁 Back again, last with Anna", CLAIM)),
        (
            WAITING | {"was_with": "Anna", "last_owner": "101"},
            ANNA,
            card("🔁 Back again, last with you", CLAIM),
        ),
        (CLAIMED, BORIS, card(HERS, OPEN)),
        (CLOSED, ANNA, card(OVER, ["Reopen"])),
        (CLOSED, BORIS, card(OVER, [])),
    ],
)
def test_the_truth(fields: dict[str, str], phone: ChatId, shown: ChatMessage) -> None:
    """Each state as each side sees it."""
    assert not found(fields, phone, shown)


@pytest.mark.parametrize(
    ("fields", "phone", "shown"),
    [
        (WAITING, BORIS, card(HERS, OPEN)),
        (WAITING, BORIS, card("↩️ Returned from Anna", CLAIM)),
        (WAITING | {"returned_from": "Anna"}, BORIS, card("", CLAIM)),
        (WAITING, BORIS, card("", [])),
        (CLAIMED, BORIS, card("", CLAIM)),
        (CLAIMED, BORIS, card(YOURS, OWN)),
        (CLAIMED, BORIS, card("✅ Vera is answering", OPEN)),
        (CLAIMED, ANNA, card(HERS, OPEN)),
        (CLOSED, BORIS, card(OVER, ["Reopen"])),
        (CLOSED, BORIS, card(HERS, [])),
    ],
)
def test_a_lie(fields: dict[str, str], phone: ChatId, shown: ChatMessage) -> None:
    """Buttons or a line of another state, of another side, or none at all."""
    assert found(fields, phone, shown)


def test_one_card_has_the_buttons() -> None:
    """A second one lies, and so does a question that is over."""
    assert found(WAITING, BORIS, card("", CLAIM), card("", CLAIM, 2))
    assert not found(WAITING, BORIS, card("", CLAIM), card("", [], 2, reply_to=1))
    nudge = card("⏳ Are you still answering Alice of c1?", NUDGE, 2, reply_to=1)
    assert found(CLAIMED, ANNA, card(YOURS, OWN), nudge)
    assert not found(CLAIMED | {"nudged": "1"}, ANNA, card(YOURS, OWN), nudge)


def test_a_call_has_a_button_while_it_waits() -> None:
    """One; and none when somebody has answered it."""
    call = card("↩️ Alice of c1 waits again: Anna released it", CALL, 2, reply_to=1)
    again = card("↩️ Alice of c1 waits again: Anna released it", CALL, 3, reply_to=1)
    assert not found(WAITING, BORIS, card("", CLAIM), call)
    assert found(WAITING, BORIS, card("", CLAIM), call, again)
    assert found(CLAIMED, BORIS, card(HERS, OPEN), call)


def test_a_phone_off_duty_has_no_buttons() -> None:
    """But an owner's."""
    assert found(WAITING, BORIS, card("", CLAIM), on=False)
    assert not found(WAITING, BORIS, card("", []), on=False)
    boris_has_it = CLAIMED | {"owner": "102", "owner_name": "Boris"}
    assert not found(boris_has_it, BORIS, card(YOURS, OWN), on=False)


def test_a_list_is_no_card() -> None:
    """That of /off names the customers whom it would hand over."""
    off = card("You've stopped receiving messages", ["Release all", "Pass to Vera"], 2)
    assert not found(CLAIMED, ANNA, card(YOURS, OWN), off)
