"""What a phone may still show when all has come to rest: an operator's chat stays short.

What is expected is written here once more and not taken from the dispatcher, whose work it judges.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from chaos.copies import CUSTOMER, LOOK, Strangers, hides, is_list
from chaos.truth import Known, Truth
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import ChatMessage

CLAIM, OPEN, REOPEN, PASS_ON = "🙋 I'll answer", "👀 Open", "Reopen", "🤝 Pass on"
MOST_LINES_OF_A_COLLEAGUES = 2


def untidy(
    truth: Truth,
    phones: Mapping[ChatId, Sequence[ChatMessage]],
    throughout: Collection[ChatId],
    strangers: Strangers = frozenset(),
) -> list[str]:
    """Return every bubble that should be gone or shorter, and every button too many or missing.

    Args:
        truth: what is so.
        phones: what they show.
        throughout: the phones that were on duty all the time; others rang for what was over since.
        strangers: messages that are left out, because the desk never learned of them.
    """
    found: list[str] = []
    for chat, messages in phones.items():
        known_to_desk = [m for m in messages if (chat, m.message_id) not in strangers]
        if pins := [m.message_id for m in known_to_desk if m.pins is not None and not m.deleted]:
            found.append(f"phone {chat}: bubbles say that something was pinned: {pins}")
        for name, shown in _by_conversation(known_to_desk).items():
            if known := truth.conversations.get(name):
                is_on = (
                    chat in throughout and known.routing == "everyone" and truth.is_on(chat, known)
                )
                wrong = _wrong(known, chat, shown, is_on=is_on)
                found += [f"{name} on phone {chat}, {known.state}: {what}" for what in wrong]
                if chat in truth.on_duty and not truth.is_on(chat, known):
                    found += _left_behind(name, known, chat, shown)
    return found


def _by_conversation(messages: Sequence[ChatMessage]) -> dict[str, list[ChatMessage]]:
    found: dict[str, list[ChatMessage]] = defaultdict(list)
    for message in messages:
        name = CUSTOMER.search(message.text)
        if name and message.from_bot and not message.deleted and not is_list(message):
            found[name[1]].append(message)
    return found


def _wrong(
    known: Known, chat: ChatId, shown: Sequence[ChatMessage], *, is_on: bool
) -> Iterator[str]:
    state, owner = known.state
    copy = known.copies.get(chat, {})
    cards = [message for message in shown if message.message_id != copy.get("told")]
    for card in cards:
        if LOOK in card.button_texts and not hides(known, card):
            yield f"{LOOK} and nothing is hidden in {card.message_id}"
    if state == "closed":
        yield from _wrong_when_closed(known, chat, shown)
    elif state == "claimed" and owner != chat:
        if len(cards) > 1:
            yield f"a colleague's in {[message.message_id for message in cards]}"
        for card in cards:
            if OPEN in card.button_texts and _lines(card) > MOST_LINES_OF_A_COLLEAGUES:
                yield f"a colleague's of {_lines(card)} lines in {card.message_id}"
    elif state == "waiting" and is_on:
        rung = [message for message in cards if not message.silent]
        if rung and not {CLAIM, PASS_ON} & {*rung[-1].button_texts}:  # or its menu is open
            yield f"the newest that rang, {rung[-1].message_id}, has {rung[-1].button_texts}"


def _left_behind(
    name: str, known: Known, chat: ChatId, shown: Sequence[ChatMessage]
) -> Iterator[str]:
    """It was passed on into another group: its card is gone.

    A follow-up of which nobody knows whether it was taken has no button, and may stay.
    """
    card = known.copies.get(chat, {}).get("card")
    for message in shown:
        if message.buttons or message.message_id == card:
            yield f"{name} on phone {chat}: in another group, and in {message.message_id}"


def _wrong_when_closed(known: Known, chat: ChatId, shown: Sequence[ChatMessage]) -> Iterator[str]:
    keeper = known.fields.get("kept_by") or known.fields.get("closed_by")
    if str(chat) != keeper:
        yield f"closed, and still in {[message.message_id for message in shown]}"
        return
    if len(shown) > 1:
        yield f"closed, and in {[message.message_id for message in shown]}"
    for message in shown:
        if _lines(message) > 1:
            yield f"closed, and {_lines(message)} lines in {message.message_id}"


def _lines(message: ChatMessage) -> int:
    return len(message.text.splitlines())
