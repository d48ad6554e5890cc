"""The order in which phones show a customer's words, where cards ring by the newest of them.

Such a card is drawn with what came before, a moment later: what counts is the message of the chat
in which each first stood, and that no text of a message shows them in another order.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from chaos.producers import Accepted
from chaos.reckoning import marks_in
from onduty_desk.conversations.verbs import Verb
from onduty_sandbox.client import LoggedRequest

_LOOK = f'"callback_data": "{Verb.BACK}"'
"""What a card shows that is looked at, or its menu open, has rounds that were over before."""

_Shown = dict[int, set[int]]
"""Message of the chat → the numbers that it showed."""


def out_of_order(
    accepted: Sequence[Accepted],
    requests: Sequence[LoggedRequest],
    failures: Collection[Mapping[str, object]],
) -> list[str]:
    """Return what came on a phone below something newer of its conversation.

    Args:
        accepted: all that was pushed.
        requests: all sends and edits.
        failures: what was given up may have come so late; it is left out.
    """
    places = {m.message_id: (m.conversation_id, m.number) for m in accepted if m.is_ordered}
    given_up = {
        (str(failure.get("chat")), message)
        for failure in failures
        if isinstance(messages := failure.get("messages", ()), list)
        for message in messages
    }
    shown: defaultdict[tuple[int, str], _Shown] = defaultdict(lambda: defaultdict(set))
    found: list[str] = []
    for request in requests:
        if not request.taken or _LOOK in str(request.parameters.get("reply_markup", "")):
            continue
        chat, message = request.chat_id or 0, _message_of(request)
        marks = [m for m in marks_in(request) if m in places and (str(chat), m) not in given_up]
        numbers = [places[mark][1] for mark in marks]
        if numbers != sorted(numbers):
            found.append(f"{marks} in message {message} on phone {chat}")
        for mark in marks:
            name, number = places[mark]
            shown[chat, name][message].add(number)
    for (chat, name), of_one in shown.items():
        found += [f"{name}-{number} on phone {chat} after {last}" for number, last in _late(of_one)]
    return found


def _message_of(request: LoggedRequest) -> int:
    edited = request.parameters.get("message_id")
    return int(str(edited)) if edited is not None else request.message_id or 0


def _late(shown: _Shown) -> Iterator[tuple[int, int]]:
    seen: set[int] = set()
    for message in sorted(shown):
        last = max(seen, default=0)
        yield from ((number, last) for number in shown[message] - seen if number < last)
        seen |= shown[message]
