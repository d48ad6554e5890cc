"""What judges the cards must see each way in which one can lie."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from chaos.copies import CALL, lies
from chaos.shown_message import shown_message
from chaos.truth import Known, Truth
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import ChatMessage

ANNA, BORIS = ChatId(101), ChatId(102)
WAITING = {"state": "waiting", "group": "support"}
CLAIMED = {"state": "claimed", "group": "support", "owner": "101", "owner_name": "Anna"}
CLOSED = {
    "state": "closed",
    "group": "support",
    "closed_by": "101",
    "last_owner_name": "Anna",
}
ASKED = CLAIMED | {"pass_to": "102", "pass_to_name": "Boris", "pass_by_name": "Anna"}
PENDING, ANSWERS = ["☑️ Close", "↩️ Release", "Do not pass on"], ["🙋 Accept", "Decline"]
VERBS = {
    "🙋 I'll answer": Verb.CLAIM,
    "👀 Look": Verb.OPEN,
    "👀 Open": Verb.OPEN,
    "☑️ Close": Verb.CLOSE,
    "↩️ Release": Verb.RELEASE,
    "Reopen": Verb.REOPEN,
    "⋯": Verb.MENU,
    "❗ Urgent": Verb.MAKE_URGENT,
    "✓ Normal": Verb.MAKE_NORMAL,
    "💤 Can wait": Verb.MAKE_LOW,
    "Back": Verb.BACK,
    "🤝 Pass on": Verb.DELEGATE,
    "🙋 Accept": Verb.ACCEPT,
    "Decline": Verb.DECLINE,
    "Do not pass on": Verb.TAKE_BACK,
}
NUDGE = ["Still answering", "☑️ Close", "↩️ Release"]
CLAIM, OPEN, OWN = ["🙋 I'll answer", "⋯"], ["👀 Open"], ["☑️ Close", "↩️ Release", "⋯"]
YOURS, HERS = "🟢 Alice of c1 · waits for your answer", "👤 Alice of c1 · Anna is answering"
CLOSED_BY_YOU, OVER = "☑️ Alice of c1 · closed by you", "☑️ Alice of c1 · closed by Anna"


def card(
    first_line: str, buttons: list[str], number: int = 1, reply_to: int | None = None
) -> ChatMessage:
    is_nudge = buttons == NUDGE
    below = () if is_nudge else ("Where is it?", "Alice of c1 writes to The Shop")
    text = "\n".join(filter(None, (first_line, *below)))
    return shown_message(
        BORIS,
        text,
        buttons,
        lambda button: f"keep:{number}" if is_nudge else VERBS.get(button, button),
        message_id=number,
        reply_to=reply_to,
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
        (
            WAITING | {"returned_from": "Anna"},
            BORIS,
            card("↩️ Alice of c1 · returned from Anna", CLAIM),
        ),
        (CLAIMED, ANNA, card(YOURS, OWN)),
        (
            WAITING | {"returned_from": "B", "returned_by": "102"},
            BORIS,
            card("↩️ Alice of c1 · it was yours", CLAIM),
        ),
        (
            WAITING | {"was_with": "Anna"},
            BORIS,
            card("🔁 Alice of c1 · back again, last with Anna", CLAIM),
        ),
        (
            WAITING | {"was_with": "Anna", "last_owner": "101"},
            ANNA,
            card("🔁 Alice of c1 · back again, last with you", CLAIM),
        ),
        (CLAIMED, BORIS, card(HERS, OPEN)),
        (CLOSED, ANNA, card(CLOSED_BY_YOU, ["Reopen"])),
        (CLAIMED | {"answered": "1"}, ANNA, card("🟢 Alice of c1 · answered", OWN)),
        (CLOSED, BORIS, card(OVER, [])),
        (ASKED, ANNA, card("🟢 Alice of c1 · Boris is asked to take over", PENDING)),
        (ASKED, BORIS, card("🤝 Alice of c1 · Anna asks you to take this over", ANSWERS)),
        (
            WAITING | {"handed_by": "Anna"},
            BORIS,
            card("🤝 Alice of c1 · passed on by Anna", CLAIM),
        ),
    ],
)
def test_the_truth(fields: dict[str, str], phone: ChatId, shown: ChatMessage) -> None:
    """Each state as each side sees it."""
    assert not found(fields, phone, shown)


@pytest.mark.parametrize(
    ("fields", "phone", "shown"),
    [
        (WAITING, BORIS, card(HERS, OPEN)),
        (WAITING, BORIS, card("↩️ Alice of c1 · returned from Anna", CLAIM)),
        (WAITING | {"returned_from": "Anna"}, BORIS, card("", CLAIM)),
        (WAITING, BORIS, card("", [])),
        (CLAIMED, BORIS, card("", CLAIM)),
        (CLAIMED, BORIS, card(YOURS, OWN)),
        (CLAIMED, BORIS, card("👤 Alice of c1 · Vera is answering", OPEN)),
        (CLAIMED, ANNA, card(HERS, OPEN)),
        (CLAIMED | {"answered": "1"}, ANNA, card(YOURS, OWN)),
        (CLOSED, BORIS, card(OVER, ["Reopen"])),
        (CLOSED, BORIS, card(HERS, [])),
        (ASKED, ANNA, card(YOURS, OWN)),
        (ASKED, BORIS, card(HERS, OPEN)),
        (CLAIMED, BORIS, card("🤝 Alice of c1 · Anna asks you to take this over", ANSWERS)),
    ],
)
def test_a_lie(fields: dict[str, str], phone: ChatId, shown: ChatMessage) -> None:
    """Buttons or a line of another state, of another side, or none at all."""
    assert found(fields, phone, shown)


def test_the_last_releases_words_are_judged_by_the_buttons() -> None:
    """During an upgrade both versions draw cards."""
    assert not found(CLAIMED, BORIS, card("✅ Anna is answering", OPEN))
    assert found(CLAIMED, BORIS, card("✅ Anna is answering", CLAIM))


def test_what_an_older_version_leaves_is_no_lie_beside_it() -> None:
    """A card without buttons, and Back where nobody looks; everything else is one there, too."""
    truth = Truth({"c1": Known(WAITING, {}, ("m1",), frozenset({BORIS}))}, frozenset({BORIS}))

    def of_two(*shown: ChatMessage) -> list[str]:
        return lies(truth, {BORIS: shown}, [BORIS], is_one_version=False)

    back = card("", [*CLAIM, "Back"])
    assert lies(truth, {BORIS: [back]}, [BORIS])
    assert not of_two(back)
    assert of_two(card("", OPEN))
    assert of_two(card("👤 Alice of c1 · Anna is answering", CLAIM))


def test_one_card_has_the_buttons() -> None:
    """A second one lies."""
    assert found(WAITING, BORIS, card("", CLAIM), card("", CLAIM, 2))
    assert not found(WAITING, BORIS, card("", CLAIM), card("", [], 2, reply_to=1))


@pytest.mark.parametrize(
    "nudge",
    [
        card("⏳ Are you still answering Alice of c1?\n“Alice of c2”", NUDGE, 2),
        card("⏳ Are you still answering them?\n1. Alice of c1\n“Hi”", NUDGE, 2),
    ],
)
def test_a_nudge_asks_about_those_of_whom_its_operator_is_asked(nudge: ChatMessage) -> None:
    """One of them, and nobody else."""
    assert found(CLAIMED, ANNA, card(YOURS, OWN), nudge)
    asked = CLAIMED | {"nudged": "1"}
    assert not found(asked, ANNA, card(YOURS, OWN), nudge)
    assert found(asked, BORIS, card(HERS, OPEN), nudge)
    assert found(asked, ANNA, card(YOURS, OWN), nudge, replace(nudge, message_id=3))


def test_a_menu_has_its_buttons_until_it_is_closed() -> None:
    """On the phone that has opened it, with the priority of now; the first edit later ends it."""
    menu = card("", ["❗ Urgent", "✓ Normal", "💤 Can wait", "🤝 Pass on", "Back"])
    assert found(WAITING, BORIS, menu)
    for until_ms, is_found in ((9e12, True), (1, False)):
        copies = {BORIS: {"menu_until_ms": until_ms}}
        known = Known(WAITING, copies, ("m1",), frozenset({BORIS}))
        truth = Truth({"c1": known}, frozenset({BORIS}))
        assert not lies(truth, {BORIS: [menu]}, [BORIS])
        assert bool(lies(truth, {BORIS: [card("", CLAIM)]}, [BORIS])) is is_found


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


def found_where(
    routing: str, fields: Mapping[str, str], phone: ChatId, *shown: ChatMessage
) -> bool:
    """Say whether a lie is found in a group of another routing."""
    known = Known(fields, {}, ("m1",), frozenset({ANNA, BORIS}), routing=routing)
    truth = Truth({"c1": known}, frozenset({ANNA, BORIS}))
    return bool(lies(truth, {phone: shown}, [ANNA, BORIS]))


def test_what_the_desk_offers_only_one_can_take() -> None:
    """Accept and Decline on their phone, no button on the others'; who declined has no card."""
    fields = WAITING | {"pass_to": "102", "pass_to_name": "Boris", "pass_by": ""}
    asks, waits = "🙋 Alice of c1 waits: will you answer?", "⏳ Alice of c1 · Boris is asked"
    assert not found_where("assigned", fields, BORIS, card(asks, ANSWERS))
    assert found_where("assigned", fields, BORIS)
    assert found_where("assigned", fields, BORIS, card("", CLAIM))
    assert not found_where("assigned", fields, ANNA, card(waits, []))
    assert not found_where("assigned", fields, ANNA)
    assert found_where("assigned", fields, ANNA, card(waits, CLAIM))
    assert found_where("assigned", fields, ANNA, card(asks, ANSWERS))
    again = "↩️ Alice of c1 · returned from Anna"
    returned = fields | {"returned_from": "Anna", "returned_by": "101"}
    assert not found_where("assigned", returned, BORIS, card(f"{asks}\n{again}", ANSWERS))
    assert found_where("assigned", fields, BORIS, card(f"{asks}\n{again}", ANSWERS))


def test_what_rings_in_waves_can_be_declined() -> None:
    """By whoever has a card; elsewhere there is no such button."""
    declined = ["🙋 I'll answer", "Decline", "⋯"]
    fields = WAITING | {"rung": "102"}
    assert not found_where("waves", fields, BORIS, card("", declined))
    assert not found_where("waves", fields, ANNA)
    assert found_where("waves", fields, BORIS, card("", CLAIM))
    assert found_where("waves", WAITING, BORIS, card("", declined))
    assert found_where("everyone", WAITING, BORIS, card("", declined))


def test_another_groups_operators_have_no_buttons() -> None:
    """It was passed on into another group's line."""
    known = Known(WAITING, {}, ("m1",), frozenset({ANNA, BORIS}))
    truth = Truth({"c1": known}, frozenset({ANNA, BORIS}), {"support": frozenset({ANNA})})
    assert lies(truth, {BORIS: [card("", CLAIM)]}, [ANNA, BORIS])
    assert not lies(truth, {BORIS: [], ANNA: [card("", CLAIM)]}, [ANNA, BORIS])


def test_what_was_passed_on_says_so_alone_or_below_the_count() -> None:
    """The line of several messages comes first."""
    handed = WAITING | {"handed_by": "Anna"}
    known = Known(handed, {}, ("m1", "m2"), frozenset({BORIS}))
    truth = Truth({"c1": known}, frozenset({BORIS}))
    assert not lies(
        truth, {BORIS: [card("Alice of c1 · 2 messages\n🤝 passed on by Anna", CLAIM)]}, []
    )
    assert found(handed, BORIS, card("Alice of c1 · 2 messages\n🤝 passed on by Anna", CLAIM))


def test_a_card_that_went_with_a_close_does_not_come_back_with_reopen() -> None:
    """Its owner has the only one; of what came since, colleagues have theirs."""
    known = Known(CLAIMED, {}, ("m1",), frozenset({ANNA, BORIS}))
    truth = Truth({"c1": known}, frozenset({ANNA, BORIS}))
    gone = replace(card(HERS, OPEN), deleted=True, date=100)

    refused = replace(card("This did not reach the customer", []), date=200)

    def lied(chat: ChatId, closed_at: float) -> bool:
        shown = {chat: [gone, refused]}
        return bool(lies(truth, shown, [ANNA, BORIS], closed_at={"c1": closed_at}))

    assert not lied(BORIS, 100.5)
    assert lied(BORIS, 99.5)
    assert lied(ANNA, 100.5)
