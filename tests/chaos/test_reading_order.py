"""What judges the order on phones must see what came below something newer."""

import json
from dataclasses import replace

from chaos.producers import Accepted
from chaos.reading_order import out_of_order
from onduty_sandbox.client import LoggedRequest

ACCEPTED = [Accepted(f"c1-{n}", "c1", n, (f"c1-{n}",), 100, is_ordered=True) for n in (1, 2, 3)]
_SEND = LoggedRequest(
    sequence=1,
    received_at=1,
    received_monotonic=1,
    bot_id=42,
    method="sendMessage",
    chat_id=101,
    parameters={},
    status=200,
    description=None,
    message_id=None,
    taken=True,
    fault=None,
)


def sent(message: int, *numbers: int) -> LoggedRequest:
    text = "\n".join(f"[c1-{number}] Hello" for number in numbers)
    return replace(_SEND, message_id=message, parameters={"text": text})


def edited(message: int, *numbers: int) -> LoggedRequest:
    edit = sent(message, *numbers)
    return replace(edit, message_id=None, parameters={**edit.parameters, "message_id": message})


def deleted(*messages: int) -> LoggedRequest:
    return replace(_SEND, method="deleteMessages", parameters={"message_ids": json.dumps(messages)})


def test_rung_by_the_newest_and_drawn_with_the_others() -> None:
    """The card has them all; below it nothing older may come for the first time."""
    rung = [sent(1, 1), sent(2, 3), edited(2, 1, 2, 3)]
    assert not out_of_order(ACCEPTED, [*rung, sent(3, 2)], [])
    assert out_of_order(ACCEPTED, [sent(1, 1), sent(2, 3), sent(3, 2)], [])
    assert not out_of_order(ACCEPTED, [sent(2, 3), replace(sent(3, 2), taken=False)], [])
    late = {"chat": "101", "messages": ["c1-2"]}
    assert not out_of_order(ACCEPTED, [sent(2, 3), sent(3, 2)], [late])


def test_what_is_drawn_into_a_card_from_messages_that_go() -> None:
    """A moment later they are gone; if they stay, they stand below something newer."""
    drawn = [sent(1, 1), sent(2, 2), edited(1, 1, 3)]
    assert out_of_order(ACCEPTED, drawn, []) == ["c1-2 on phone 101 below 3"]
    assert not out_of_order(ACCEPTED, [*drawn, deleted(2)], [])
    assert not out_of_order(ACCEPTED, drawn, [], {(101, 2)})  # the desk never learned of it
    assert not out_of_order(ACCEPTED, [sent(1, 1), sent(2, 2), edited(1, 1, 2, 3)], [])
    again = [sent(1, 1), edited(1, 1, 3), sent(2, 2), deleted(2)]
    assert out_of_order(ACCEPTED, again, []) == ["c1-2 on phone 101 after 3"]


def test_a_card_that_goes_leaves_nothing_above() -> None:
    """The next one may hold what it had left out; or it is drawn short, and all comes below."""
    assert not out_of_order(ACCEPTED, [sent(1, 3), deleted(1), sent(2, 2, 3)], [])
    assert out_of_order(ACCEPTED, [sent(1, 3), sent(2, 2, 3), deleted(1)], [])
    claim = '{"inline_keyboard": [[{"text": "Claim", "callback_data": "claim"}]]}'
    follow_up = sent(2, 2, 3)
    card = replace(follow_up, parameters={**follow_up.parameters, "reply_markup": claim})
    assert not out_of_order(ACCEPTED, [sent(1, 3), card, deleted(1)], [])
    assert out_of_order(ACCEPTED, [sent(1, 3), card], [])
    shortened = [sent(1, 1), edited(1, 2, 3), edited(1, 1), sent(2, 2, 3)]
    assert not out_of_order(ACCEPTED, shortened, [])


def test_a_look_shows_older_rounds() -> None:
    """It ends by Back."""
    look = edited(2, 1, 2, 3)
    buttons = '{"inline_keyboard": [[{"text": "Back", "callback_data": "back"}]]}'
    looked_at = replace(look, parameters={**look.parameters, "reply_markup": buttons})
    assert out_of_order(ACCEPTED, [sent(1, 3), look], [])
    assert not out_of_order(ACCEPTED, [sent(1, 3), looked_at], [])
    before = [sent(2, 1), edited(2, 1, 3)]
    assert "c1-2 on phone 101 after 3" in out_of_order(ACCEPTED, [*before, sent(3, 2)], [])
    assert not out_of_order(ACCEPTED, [*before, looked_at, sent(3, 2), edited(2, 1)], [])


def test_no_text_turns_them_round() -> None:
    """Neither a send nor an edit."""
    assert out_of_order(ACCEPTED, [sent(1, 2, 1)], [])
    assert out_of_order(ACCEPTED, [sent(1, 1), edited(1, 2, 1)], [])
