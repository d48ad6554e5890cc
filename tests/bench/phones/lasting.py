"""How long something was so on a phone, from the change that made it so to the one after it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable

from bench.phones.chats import Bubble, Change
from bench.phones.ownership import CLOSED, WAITING, Ownership
from onduty_desk.conversations.verbs import Verb

IsSo = Callable[[int, int, Collection[Bubble]], bool]
"""Asked of a chat, of whose the conversation is, and of the bubbles about it that are there."""

_FALSE = {
    "waiting": {Verb.CLOSE, Verb.RELEASE, Verb.KEEP, Verb.TAKE_OVER, Verb.CONFIRM, Verb.REOPEN},
    "owned": {Verb.CLAIM, Verb.TAKE_OVER, Verb.CONFIRM, Verb.REOPEN},
    "colleague's": {Verb.CLAIM, Verb.CLOSE, Verb.RELEASE, Verb.KEEP, Verb.REOPEN},
    "closed": set(Verb) - {Verb.REOPEN, Verb.OPEN, Verb.BACK},
}
"""Buttons that promise what cannot be done then."""

_NEEDED = {"waiting": Verb.CLAIM, "owned": Verb.CLOSE}


def lasting(
    happened: Iterable[Change], ownership: Ownership, ended_at: float, is_so: IsSo
) -> list[float]:
    """Return for each time that it was so, on any phone, how many seconds it lasted."""
    found: list[float] = []
    since: dict[tuple[int, int], float] = {}
    phones: dict[int, dict[int, dict[int, Bubble]]] = defaultdict(lambda: defaultdict(dict))
    steps: list[tuple[float, int, Change | None]] = [
        (change.at, change.bubble.customer, change)
        for change in happened
        if change.bubble.customer is not None
    ]
    steps += [(at, customer, None) for at, customer in ownership.changes()]
    for at, customer, change in sorted(steps, key=lambda step: step[:2]):
        if at > ended_at:
            break
        if change:
            bubble = change.bubble
            shown = phones[customer][bubble.chat]
            shown[bubble.message_id] = bubble
            if bubble.is_deleted:
                del shown[bubble.message_id]
        owner = ownership.at(customer, at)
        for chat in [change.bubble.chat] if change else list(phones[customer]):
            if is_so(chat, owner, phones[customer][chat].values()):
                since.setdefault((chat, customer), at)
            elif (chat, customer) in since:
                found.append(at - since.pop((chat, customer)))
    return found + [ended_at - at for at in since.values()]


def has_no_button(_chat: int, owner: int, shown: Collection[Bubble]) -> bool:
    """Whether a customer waits, and the newest bubble about them has no button to claim."""
    newest = max(shown, key=lambda bubble: bubble.message_id, default=None)
    return owner == WAITING and newest is not None and Verb.CLAIM not in newest.buttons


def lies(chat: int, owner: int, shown: Collection[Bubble]) -> bool:
    """Whether a bubble has a button of another state, or none has the button of this one.

    A card that a phone does not have yet is no lie.
    """
    state = {WAITING: "waiting", CLOSED: "closed", chat: "owned"}.get(owner, "colleague's")
    verbs = [{data.partition(":")[0] for data in bubble.buttons} for bubble in shown]
    is_false = any(of_one & _FALSE[state] for of_one in verbs)
    if state == "closed":
        is_false |= any(Verb.OPEN in of_one and Verb.REOPEN not in of_one for of_one in verbs)
    needed = _NEEDED.get(state)
    return is_false or bool(verbs and needed and not any(needed in of_one for of_one in verbs))
