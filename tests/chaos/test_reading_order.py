"""What judges the order on phones must see what came below something newer."""

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


def test_rung_by_the_newest_and_drawn_with_the_others() -> None:
    """The card has them all; below it nothing older may come for the first time."""
    rung = [sent(1, 1), sent(2, 3), edited(2, 1, 2, 3)]
    assert not out_of_order(ACCEPTED, [*rung, sent(3, 2)], [])
    assert out_of_order(ACCEPTED, [sent(1, 1), sent(2, 3), sent(3, 2)], [])
    assert not out_of_order(ACCEPTED, [sent(2, 3), replace(sent(3, 2), taken=False)], [])
    late = {"chat": "101", "messages": ["c1-2"]}
    assert not out_of_order(ACCEPTED, [sent(2, 3), sent(3, 2)], [late])


def test_a_look_shows_older_rounds() -> None:
    """It ends by Back."""
    look = edited(2, 1, 2, 3)
    buttons = '{"inline_keyboard": [[{"text": "Back", "callback_data": "back"}]]}'
    looked_at = replace(look, parameters={**look.parameters, "reply_markup": buttons})
    assert out_of_order(ACCEPTED, [sent(1, 3), look], [])
    assert not out_of_order(ACCEPTED, [sent(1, 3), looked_at], [])


def test_no_text_turns_them_round() -> None:
    """Neither a send nor an edit."""
    assert out_of_order(ACCEPTED, [sent(1, 2, 1)], [])
    assert out_of_order(ACCEPTED, [sent(1, 1), edited(1, 2, 1)], [])
