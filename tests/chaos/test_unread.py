"""Who must answer and cannot read it is found, and nobody else."""

from chaos.plan import full
from chaos.producers import Accepted
from chaos.shown_message import shown_message
from chaos.truth import Known, Truth
from chaos.unread import unread
from onduty_desk.model.keys import ChatId

PLAN = full(1, 100)
ANNA, BORIS = PLAN.claimers[:2]
ACCEPTED = [Accepted("k1-1", "k1", 1, ("k1-1",), 100, is_ordered=True)]
CLAIMED = {"state": "claimed", "group": "claims", "owner": str(ANNA)}


def found(
    on_annas: str,
    fields: dict[str, str] = CLAIMED,
    in_topic: int | None = None,
    **copy: object,
) -> list[str]:
    known = Known(fields, {ANNA: copy}, ("k1-1",), frozenset({ANNA}))
    truth = Truth({"k1": known}, frozenset({ANNA, BORIS}))
    phones = {chat: [shown_message(chat, on_annas, topic=in_topic)] for chat in (ANNA,)}
    phones[BORIS] = [shown_message(BORIS, "[k1-1] Where is it?")]
    for chat in PLAN.claimers[2:]:
        phones[ChatId(chat)] = phones[BORIS]
    return list(unread(truth, phones, PLAN, ACCEPTED, set()))


def test_its_owner_must_have_it() -> None:
    """On whatever message of the chat; a colleague's phone counts for nothing."""
    assert not found("🟢 Alice of k1\n[k1-1] Where is it?")
    assert found("🟢 Alice of k1\n[k1-2] Hello?") == [f"k1-1 on phone {ANNA}, ('claimed', {ANNA})"]


def test_a_card_that_is_looked_at_may_hide_it() -> None:
    """Back brings it."""
    assert not found("🕘 Alice of k1\nYou: Good day", view="open")


def test_while_it_waits_everybody_who_was_rung_must_have_it() -> None:
    """All but those who are off duty."""
    waiting = {"state": "waiting", "group": "claims"}
    assert found("🟢 Alice of k1", waiting) == [f"k1-1 on phone {ANNA}, ('waiting', None)"]
    assert not found("[k1-1] Where is it?", waiting)


def test_in_a_topic_it_is_read_by_whoever_answers_there() -> None:
    """Of what waits, or is answered flat, the card must have it."""
    text, waiting = "[k1-1] Where is it?", {"state": "waiting", "group": "claims"}
    assert not found(text, in_topic=7, topic=7)
    assert not found(text, topic=7)
    assert found(text, in_topic=7)
    assert found(text, waiting, in_topic=7)
