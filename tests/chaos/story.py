"""What the chat backend was told, held against how a conversation can go."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from onduty.events import (
    ConversationClaimed,
    ConversationClosed,
    ConversationDelegated,
    ConversationReleased,
    Event,
    Operator,
)

State = tuple[str, int | None]
"""A conversation's state and its owner."""


def contradictions(events: Iterable[Event], truth: Mapping[str, State]) -> list[str]:
    """Return what cannot be: a gap, two owners at once, an end that is not what Redis says.

    Args:
        events: as they were received, repeats among them.
        truth: the state of conversations now.
    """
    stories: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        stories[event.conversation_id].append(event)
    found = []
    for conversation, state in truth.items():
        if state[0] == "claimed" and conversation not in stories:
            found.append(f"{conversation}: nobody was told of {state}")
    for conversation, told in stories.items():
        once = {event.id: event for event in told}
        found += [f"{conversation}: {wrong}" for wrong in _out_of_sequence(told)]
        found += [f"{conversation}: {wrong}" for wrong in _wrong(list(once.values()))]
        if conversation in truth:
            end = _end(list(once.values()))
            if not _fits(end, truth[conversation]):
                found.append(f"{conversation}: told {end}, and it is {truth[conversation]}")
    return found


def closings(events: Iterable[Event]) -> dict[str, float]:
    """Return when each conversation was last closed, by the clock of phones."""
    return {
        event.conversation_id: event.occurred_at.timestamp()
        for event in sorted(events, key=lambda event: event.sequence)
        if isinstance(event, ConversationClosed)
    }


def _out_of_sequence(told: Sequence[Event]) -> list[str]:
    """A receiver sees each number before the next, and perhaps the same event again."""
    found: list[str] = []
    ids: dict[int, str] = {}
    for event in told:
        if event.sequence != len(ids) + 1 and event.sequence not in ids:
            found.append(f"{event.type} has number {event.sequence} after {len(ids)}")
        if ids.setdefault(event.sequence, event.id) != event.id:
            found.append(f"two events have number {event.sequence}")
    return found


def _wrong(story: Sequence[Event]) -> list[str]:
    found: list[str] = []
    owner: int | None = None
    for event in story:
        match event:
            case ConversationDelegated(operator=operator) if owner is None:
                owner = operator.id if operator else None  # it waited when it was passed on
            case (
                ConversationClaimed(operator=operator, previous=previous)
                | ConversationDelegated(operator=operator, previous=previous)
            ):
                if (previous.id if previous else None) != owner:
                    found.append(f"{event.sequence}: taken from {previous}, and {owner} had it")
                owner = operator.id if operator else None
            case ConversationReleased(operator=operator):
                if owner is None or not operator or operator.id != owner:
                    found.append(f"{event.sequence}: released by {operator}, and {owner} had it")
                owner = None
            case ConversationClosed():
                owner = None
            case _:
                pass
    return found


def _end(story: Sequence[Event]) -> State:
    state: State = ("waiting", None)
    for event in story:
        match event:
            case ConversationClaimed(operator=operator):
                state = ("claimed", operator.id)
            case ConversationDelegated(operator=Operator(id=owner)):
                state = ("claimed", owner)
            case ConversationReleased() | ConversationDelegated():
                state = ("waiting", None)
            case ConversationClosed():
                state = ("closed", None)
            case _:
                pass
    return state


def _fits(told: State, is_now: State) -> bool:
    """Nobody is told that a closed conversation waits again: the backend's customer wrote."""
    return told == is_now or (told[0] == "closed" and is_now[0] == "waiting")
