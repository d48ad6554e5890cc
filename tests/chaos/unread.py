"""Whether those who must answer can read what the customer wrote."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from chaos.plan import Plan
from chaos.producers import Accepted
from chaos.topics.judging import outside
from chaos.truth import Known, Truth
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import ChatMessage

MOST_ON_A_CARD = 20
EARLIER = "earlier message"


def unread(
    truth: Truth,
    phones: Mapping[ChatId, Sequence[ChatMessage]],
    plan: Plan,
    accepted: Sequence[Accepted],
    given_up: Collection[tuple[str, str]],
) -> Iterable[str]:
    """Whoever must answer has every text of the round on the phone: its owner, or everyone.

    What was given up at a phone stands on the failed list instead; a card that is looked at shows
    something else, and Back brings the texts. What stands in a topic is read there by whoever
    answers in it, and by nobody else.
    """
    everywhere, flat = _texts(phones), _texts(outside(phones))
    for name in {message.conversation_id for message in accepted}:
        known = truth.conversations[name]
        state, owner = known.state
        readers = {"claimed": [ChatId(owner or 0)], "waiting": _rung(truth, known, plan)}.get(
            state, []
        )
        for chat in readers:
            if known.copies.get(chat, {}).get("view"):
                continue
            texts = everywhere if "topic" in known.copies.get(chat, {}) else flat
            # A card that is drawn anew holds the newest, and says how many there were before.
            older = len(known.round_messages) - MOST_ON_A_CARD
            for place, message in enumerate(known.round_messages):
                is_told_of = place < older and EARLIER in texts[chat]
                is_told_of |= (str(chat), message) in given_up
                if f"[{message}]" not in texts[chat] and not is_told_of:
                    yield f"{message} on phone {chat}, {known.state}"


def _texts(phones: Mapping[ChatId, Sequence[ChatMessage]]) -> dict[ChatId, str]:
    return {
        chat: "\n".join(m.text for m in shown if m.from_bot and not m.deleted)
        for chat, shown in phones.items()
    }


def _rung(truth: Truth, known: Known, plan: Plan) -> list[ChatId]:
    """Return the phones that have all of a conversation that waits."""
    if known.asked_by_desk:
        return [known.asked_by_desk]
    if known.routing == "everyone":
        return [chat for chat in plan.claimers if truth.is_on(chat, known)]
    return []
