"""The order in which phones show a customer's words, where cards ring by the newest of them.

Such a card is drawn with what came before, a moment later, and a card that takes the place of
others is sent with what they held, a moment before they go. So what counts is that no follow-up,
which has no buttons, comes with something new below something newer; that in the end nothing stands
there; and that no text of a message shows them in another order. Each topic is read by itself: what
it is about stands at its top, and is changed, whatever has come below; claimed again, all of it is
said once more.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from chaos.producers import Accepted
from chaos.reckoning import marks_in
from chaos.topics.threads import threads
from onduty_desk.conversations.verbs import Verb
from onduty_sandbox.client import LoggedRequest

_LOOK = f'"callback_data": "{Verb.BACK}"'
"""What a card shows that is looked at, or its menu open, has rounds that were over before: that is
not compared with what comes."""

_Shown = dict[int, set[int]]
"""Message of the chat → the numbers that it shows now."""

_Reading = tuple[int, int, str]
"""A chat, a topic of it or 0, and a conversation."""


def out_of_order(
    accepted: Sequence[Accepted],
    requests: Sequence[LoggedRequest],
    failures: Collection[Mapping[str, object]],
    unknown: Collection[tuple[int | None, int | None]] = (),
) -> list[str]:
    """Return what came on a phone below something newer of its conversation, or stands there.

    Args:
        accepted: all that was pushed.
        requests: all sends, edits and deletions.
        failures: what was given up may have come so late; it is left out.
        unknown: messages, by chat and id, of which no sender learned that they came; they stay.
    """
    places = {m.message_id: (m.conversation_id, m.number) for m in accepted if m.is_ordered}
    given_up = {
        (str(failure.get("chat")), message)
        for failure in failures
        if isinstance(messages := failure.get("messages", ()), list)
        for message in messages
    }
    in_topics, contexts = threads(requests), set[tuple[int, int]]()
    shown: defaultdict[_Reading, _Shown] = defaultdict(lambda: defaultdict(set))
    ever: defaultdict[_Reading, set[int]] = defaultdict(set)
    found: list[str] = []
    for request in sorted(requests, key=lambda request: request.sequence):
        if not request.taken:
            continue
        chat = request.chat_id or 0
        if request.method.startswith("deleteMessage"):
            _forget(shown, chat, _deleted(request))
            continue
        message = _message_of(request)
        topic = in_topics.get((chat, message), 0)
        marks = [m for m in _marks(request) if m in places and (str(chat), m) not in given_up]
        numbers = [places[mark][1] for mark in marks]
        if numbers != sorted(numbers):
            found.append(f"{marks} in message {message} on phone {chat}")
        if topic and "message_id" in request.parameters:
            continue
        _forget(shown, chat, [message])
        is_card = "callback_data" in str(request.parameters.get("reply_markup", ""))
        if topic and is_card:
            contexts.add((chat, message))
        for mark in marks:
            name, number = places[mark]
            of_one = shown[chat, topic, name]
            is_new = number not in ever[chat, topic, name] and not is_card
            if is_new and (last := _newer_above(of_one, message, number)):
                found.append(f"{mark} on phone {chat} after {last}")
            of_one[message].add(number)
            ever[chat, topic, name].add(number)
    for (chat, _, name), of_one in shown.items():
        left_out = {at for phone, at in {*unknown, *contexts} if phone == chat}
        stay = {at: numbers for at, numbers in of_one.items() if at not in left_out}
        found += [f"{name}-{number} on phone {chat} below {last}" for number, last in _late(stay)]
    return found


def _marks(request: LoggedRequest) -> list[str]:
    is_look = _LOOK in str(request.parameters.get("reply_markup", ""))
    return [] if is_look else marks_in(request)


def _forget(shown: Mapping[_Reading, _Shown], chat: int, messages: Collection[int]) -> None:
    for (phone, _, _), of_one in shown.items():
        if phone == chat:
            for message in messages:
                of_one.pop(message, None)


def _deleted(request: LoggedRequest) -> list[int]:
    one, several = (request.parameters.get(name) for name in ("message_id", "message_ids"))
    several = json.loads(several) if isinstance(several, str) else several
    return [int(str(it)) for it in (several if isinstance(several, list) else [one])]


def _newer_above(shown: _Shown, message: int, number: int) -> int:
    """Return the newest that a message above this one shows now; 0 if none is newer."""
    above = [it for at, numbers in shown.items() if at < message for it in numbers]
    return max((it for it in above if it > number), default=0)


def _message_of(request: LoggedRequest) -> int:
    edited = request.parameters.get("message_id")
    return int(str(edited)) if edited is not None else request.message_id or 0


def _late(shown: _Shown) -> Iterator[tuple[int, int]]:
    seen: set[int] = set()
    for message in sorted(shown):
        last = max(seen, default=0)
        yield from ((number, last) for number in shown[message] - seen if number < last)
        seen |= shown[message]
