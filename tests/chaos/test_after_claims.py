"""What chaos excuses of the texts that no phone got."""

from collections.abc import Sequence
from datetime import UTC, datetime

from chaos.after_claims import was_closed_by_backend
from chaos.producers import Accepted
from onduty.events import ConversationClaimed, ConversationClosed, Event, Operator
from onduty_sandbox.client import LoggedRequest

ANNA = Operator(id=101, name="Anna")
MESSAGE = Accepted("c1-1", "c1", 1, ("c1-1",), 100, is_ordered=True)


def closed(at: float, operator: Operator | None = None) -> Event:
    return ConversationClosed(
        type="conversation.closed",
        id=f"e{at}",
        sequence=1,
        conversation_id="c1",
        occurred_at=datetime.fromtimestamp(at, UTC),
        operator=operator,
    )


def claimed(at: float) -> Event:
    return ConversationClaimed(
        type="conversation.claimed",
        id=f"e{at}",
        sequence=1,
        conversation_id="c1",
        occurred_at=datetime.fromtimestamp(at, UTC),
        operator=ANNA,
    )


def sent(at: float, text: str) -> LoggedRequest:
    return LoggedRequest(
        sequence=1,
        received_at=at,
        received_monotonic=at,
        bot_id=42,
        method="sendMessage",
        chat_id=101,
        parameters={"text": text},
        status=200,
        description=None,
        message_id=1,
        taken=True,
        fault=None,
    )


def is_excused(events: Sequence[Event], sends: Sequence[LoggedRequest] = ()) -> bool:
    return was_closed_by_backend(MESSAGE, events, sends)


def test_the_backend_closed_it_before_it_could_be_sent() -> None:
    """The backend pushed it, and the backend took it back."""
    assert is_excused([closed(110)])
    assert not is_excused([closed(90)])
    assert not is_excused([])


def test_an_operator_who_closes_must_have_seen_it() -> None:
    """Or it was opened again at once, and the backend closed it before anything was sent."""
    assert not is_excused([closed(110, ANNA)])
    assert is_excused([closed(110, ANNA), claimed(115), closed(120)])
    assert not is_excused([closed(110, ANNA), claimed(115), closed(120)], [sent(117, "[c1-2]")])
    assert is_excused([closed(110, ANNA), closed(120)], [sent(117, "[c2-1]"), sent(125, "[c1-3]")])
