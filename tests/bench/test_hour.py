"""What the played hour counts, from a log of requests and the backend's events."""

import json
from datetime import UTC, datetime
from itertools import count as count_from

from bench.hour import plan
from bench.hour.counting import Phone, count
from bench.phones.chats import changes, edits_of_earlier
from bench.phones.lasting import IsSo, has_no_button, lasting, lies
from bench.phones.ownership import CLOSED, WAITING, Ownership
from onduty.events import Event, parse_event
from onduty_sandbox.client import LoggedRequest
from onduty_sandbox.wire.json_types import Json

CUSTOMERS = plan.draw()
NAME = CUSTOMERS[0].name
ANNA, BORIS = 1, 2
CLAIM, OPEN, CLOSE, KEEP = "claim", "open", "close", "keep"
ENDED_AT = 100.0


class Log:
    """Requests as the sandbox keeps them."""

    def __init__(self) -> None:
        self.requests: list[LoggedRequest] = []
        self._ids = count_from(10)

    def send(
        self, at: float, chat: int, text: str, *buttons: str, status: int = 200, **more: str
    ) -> int:
        message_id = next(self._ids)
        given: Json = {"text": text, "reply_markup": _markup(buttons), **more}
        self._add(at, chat, "sendMessage", given, message_id, status)
        return message_id

    def edit(self, at: float, chat: int, message_id: int, text: str, *buttons: str) -> None:
        given: Json = {"message_id": message_id, "text": text, "reply_markup": _markup(buttons)}
        self._add(at, chat, "editMessageText", given, message_id)

    def delete(self, at: float, chat: int, *message_ids: int) -> None:
        given: Json = {"message_ids": json.dumps(message_ids)}
        self._add(at, chat, "deleteMessages", given, None)

    def _add(
        self,
        at: float,
        chat: int,
        method: str,
        given: Json,
        message_id: int | None,
        status: int = 200,
    ) -> None:
        self.requests.append(
            LoggedRequest(
                sequence=len(self.requests) + 1,
                received_at=at,
                received_monotonic=at,
                bot_id=1,
                method=method,
                chat_id=chat,
                parameters=given,
                status=status,
                description=None,
                message_id=message_id,
                taken=status == 200,
                fault=None,
            )
        )

    def counted(self, *told: Event) -> dict[int, Phone]:
        happened = list(changes(self.requests, plan.numbers(CUSTOMERS)))
        return count(happened, Ownership.of(told), [ANNA, BORIS], ENDED_AT)

    def lasting(self, is_so: IsSo, *told: Event) -> list[float]:
        happened = list(changes(self.requests, plan.numbers(CUSTOMERS)))
        return lasting(happened, Ownership.of(told), ENDED_AT, is_so)


def _markup(buttons: tuple[str, ...]) -> str:
    row = [{"text": data, "callback_data": data} for data in buttons]
    return json.dumps({"inline_keyboard": [row]} if row else {})


def told(at: float, kind: str, operator: int = ANNA, sequence: int = 1) -> Event:
    """Return an event of the first conversation."""
    more = {"reason": "released"} if kind == "released" else {}
    return parse_event(
        {
            "type": f"conversation.{kind}",
            "id": f"{kind}-{at}",
            "conversation_id": CUSTOMERS[0].conversation,
            "occurred_at": datetime.fromtimestamp(at, UTC).isoformat(),
            "sequence": sequence,
            "operator": {"id": operator, "name": "Anna"},
            **more,
        }
    )


def test_the_hour_is_drawn_once() -> None:
    """The same people and lines each time, as many as the page says."""
    assert plan.draw() == CUSTOMERS
    lines = [line for c in CUSTOMERS for n in range(len(c.turns)) for line in c.lines(n)]
    assert len(lines) == len(set(lines)) == plan.MESSAGES
    assert sum(c.is_touched for c in CUSTOMERS) == plan.CUSTOMERS / 2
    assert len({c.name for c in CUSTOMERS}) == plan.CUSTOMERS


def test_each_ring_has_its_kind() -> None:
    """By what the bubble shows and whose the customer is; a silent or refused one is none."""
    log = Log()
    card = log.send(1, ANNA, f"<b>[0-0] Hello</b> {NAME} writes", CLAIM)
    log.send(2, ANNA, "[0-1] Still here", CLAIM, disable_notification="true")
    log.send(3, ANNA, "[0-1] Still here", CLAIM)
    log.send(4, ANNA, f"{NAME} waits again", CLAIM)
    reply = json.dumps({"message_id": card})
    log.send(6, ANNA, "[0-2] And?", reply_parameters=reply)
    log.send(7, ANNA, "[0-2] And?", reply_parameters=reply, status=429)
    log.send(8, ANNA, f"Are you still answering {NAME}?", KEEP)
    log.send(9, ANNA, "Somebody took it over", reply_parameters=reply)
    log.send(10, ANNA, "Telegram could not be reached")
    log.send(ENDED_AT + 1, ANNA, f"Are you still answering {NAME}?", KEEP)
    rings = log.counted(told(5, "claimed"))[ANNA].rings
    assert rings == {
        "new cards": 1,
        "still waiting": 1,
        "own follow-ups": 1,
        "nudges": 1,
        "notes": 2,
        "others": 1,
    }


def test_a_board_is_about_no_customer() -> None:
    """Though it names one: its buttons are not a card's."""
    log = Log()
    board = log.send(1, ANNA, "Yours: 0 · Waiting: 0", "board_mine", "board_queue")
    log.edit(5, ANNA, board, f"Yours: 1 · Waiting: 0\n{NAME}", "board_mine", "board_queue")
    anna = log.counted(told(4, "claimed"))[ANNA]
    assert (anna.left, anna.left_open, anna.left_otherwise) == (1, 0, 1)
    assert (anna.edits, anna.edits_of_others) == (1, 1)
    log.edit(6, ANNA, board - 1, "Yours: 1 · Waiting: 1", "board_mine", "board_queue")
    assert edits_of_earlier(log.requests, ANNA, board - 1) == 1


def test_what_is_left_is_open_or_closed() -> None:
    """Of a closed conversation two lines are few enough; what was removed is not there."""
    log = Log()
    long = log.send(1, ANNA, "☑️ Closed\n[0-0] Hello\nAlice writes")
    short = log.send(1, BORIS, f"[0-0] Hello\n1\n2\n{NAME}", CLAIM)
    note = log.send(1, BORIS, f"{NAME} waits again", CLAIM)
    log.edit(3, BORIS, short, f"☑️ {NAME} · closed by Anna")
    log.delete(3, BORIS, note, 999)
    log.send(4, ANNA, "[1-0] Hello\n1\n2", CLAIM)
    phones = log.counted(told(2, "closed"))
    anna, boris = phones[ANNA], phones[BORIS]
    assert (anna.left, anna.left_open, anna.left_short, anna.left_long) == (2, 1, 0, 1)
    assert (boris.left, boris.left_open, boris.left_short, boris.left_long) == (1, 0, 1, 0)
    assert (boris.edits, boris.edits_of_others, boris.deletions) == (1, 0, 1)
    assert long


def test_a_customer_who_waits_has_a_button_in_the_newest_bubble() -> None:
    """A moment lasts until the button is there, or nobody waits any more."""
    log = Log()
    log.send(1, ANNA, "[0-0] Hello", CLAIM)
    log.send(2, ANNA, "[0-1] Still here")
    log.send(5, ANNA, "[0-2] Hello?", CLAIM)
    log.send(6, ANNA, "[0-3] Hello?")
    log.send(9, ANNA, "[0-4] Mine now")
    claimed, released = told(8, "claimed"), told(20, "released", sequence=2)
    assert log.lasting(has_no_button, claimed) == [3.0, 2.0]
    assert log.lasting(has_no_button, claimed, released) == [3.0, 2.0, ENDED_AT - 20]


def test_a_lie_lasts_until_the_phone_shows_what_is_so() -> None:
    """A button of another state, or none of this one; what a phone does not have yet is no lie."""
    log = Log()
    anna = log.send(1, ANNA, "[0-0] Hello", CLAIM, OPEN)
    boris = log.send(1, BORIS, "[0-0] Hello", CLAIM, OPEN)
    log.edit(4, ANNA, anna, "Yours\n[0-0] Hello", CLOSE)
    log.edit(7, BORIS, boris, "Anna's\n[0-0] Hello", OPEN)
    log.edit(21, ANNA, anna, "Closed", "reopen")
    log.delete(23, BORIS, boris)
    claimed, closed = told(3, "claimed"), told(20, "closed", sequence=2)
    assert log.lasting(lies, claimed, closed) == [1.0, 4.0, 1.0, 3.0]


def test_a_card_without_its_button_lies() -> None:
    """Its owner cannot close it, and nobody can claim who waits."""
    log = Log()
    anna = log.send(1, ANNA, "[0-0] Hello")
    log.edit(4, ANNA, anna, "[0-0] Hello", CLAIM)
    log.edit(12, ANNA, anna, "Yours\n[0-0] Hello")
    assert log.lasting(lies, told(10, "claimed")) == [3.0, ENDED_AT - 10]


def test_owners_are_known_at_each_moment() -> None:
    """By the events in their sequence, however late one was delivered."""
    claimed, closed = told(5, "claimed", BORIS), told(8, "closed", sequence=2)
    owners = Ownership.of([closed, claimed])
    assert [owners.at(0, at) for at in (4, 5, 7, 9)] == [WAITING, BORIS, BORIS, CLOSED]
    assert owners.at(1, 9) == WAITING
