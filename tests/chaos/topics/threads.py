"""What of a run's requests concerns topics: which sends stand in one, and which went astray."""

from collections.abc import Sequence
from dataclasses import replace

from chaos.reckoning import marks_in
from onduty_sandbox.client import LoggedRequest

LOST = "topic_lost"
"""The fault by which a message comes outside of the topic that it was sent into."""

OF_TOPICS = frozenset({LOST, "thread_not_found", "topic_deleted", "not_a_forum"})
"""Faults that say of a topic, or of all, that it is not there, though it is."""

Place = tuple[int, int]
"""A chat, and a message or a topic of it."""


def thread_of(send: LoggedRequest) -> int:
    """Return the topic that a request names; 0: none."""
    return int(str(send.parameters.get("message_thread_id") or 0))


def threads(requests: Sequence[LoggedRequest]) -> dict[Place, int]:
    """Return in which topic each message stands that was sent into one."""
    return {
        (send.chat_id or 0, send.message_id or 0): thread
        for send in requests
        if send.taken and send.fault != LOST and (thread := thread_of(send))
    }


def by_place(
    sends: Sequence[LoggedRequest],
) -> tuple[list[LoggedRequest], list[LoggedRequest]]:
    """Return the sends of cards and of what follows them; and those that say what a topic is about.

    The latter repeat what the card has shown: they are read, and are no repeats. What came outside
    of its topic is removed, and comes once more: it counts as not taken, see `went_astray`.
    """
    contexts = [send for send in sends if _is_context(send)]
    others = [send for send in sends if not _is_context(send)]
    return [_as_taken(send) for send in others], [_as_taken(send) for send in contexts]


def went_astray(sends: Sequence[LoggedRequest]) -> list[LoggedRequest]:
    """Return what was taken outside of its topic, of a customer's messages."""
    return [send for send in sends if send.taken and send.fault == LOST and marks_in(send)]


def _is_context(send: LoggedRequest) -> bool:
    has_buttons = "callback_data" in str(send.parameters.get("reply_markup", ""))
    return bool(thread_of(send)) and has_buttons and bool(marks_in(send))


def _as_taken(send: LoggedRequest) -> LoggedRequest:
    is_astray = send.fault == LOST and bool(marks_in(send))
    return replace(send, taken=False) if is_astray else send


def told_gone(requests: Sequence[LoggedRequest]) -> set[Place]:
    """Return the topics of which the desk was told that they are not there, though they are."""
    return {
        (request.chat_id or 0, thread_of(request))
        for request in requests
        if request.fault in OF_TOPICS and thread_of(request)
    }
