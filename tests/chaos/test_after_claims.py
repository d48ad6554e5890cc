"""What chaos excuses of the texts that no phone got."""

from collections.abc import Sequence
from datetime import UTC, datetime

from chaos.after_claims import reckon_claims, was_closed_by_backend
from chaos.claims import Claims
from chaos.plan import full
from chaos.producers import Accepted
from onduty.events import (
    ConversationClaimed,
    ConversationClosed,
    ConversationReleased,
    Event,
    Operator,
    ReleaseReason,
)
from onduty_sandbox.client import LoggedRequest, Sandbox

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


def released(at: float) -> Event:
    return ConversationReleased(
        type="conversation.released",
        id=f"e{at}",
        sequence=1,
        conversation_id="c1",
        occurred_at=datetime.fromtimestamp(at, UTC),
        operator=ANNA,
        reason=ReleaseReason.RELEASED,
    )


def sent(at: float, text: str, chat: int = 101) -> LoggedRequest:
    return LoggedRequest(
        sequence=1,
        received_at=at,
        received_monotonic=at,
        bot_id=42,
        method="sendMessage",
        chat_id=chat,
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
    full_card = sent(117, " ".join(f"[c1-{n}]" for n in range(2, 22)))
    assert is_excused([closed(110, ANNA), closed(120)], [full_card])


def test_who_waits_again_rings_once_more() -> None:
    """By a new card in the place of the old one; without a release it is a repeat."""
    plan = full(1, 60)
    claims = Claims(plan, Sandbox("http://127.0.0.1:1"), "redis://", accepted=[MESSAGE])
    twice = [sent(at, "[c1-1]", plan.claimers[0]) for at in (105, 120)]
    assert reckon_claims(claims, twice, [], [], [], []).repeated_other
    found = reckon_claims(claims, twice, [], [], [], [claimed(110), released(115)])
    assert not found.repeated_other
