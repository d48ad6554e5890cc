"""Telegram's limits: what of a plan of sends would be refused with 429, as the sandbox counts."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from onduty_desk.model.keys import ChatId

PER_SECOND = 30
EVERY_S = 1.0
"""30 in any second over all chats, and one a second into each."""


@dataclass(frozen=True)
class Refusals:
    """What the limits say of all that was sent and edited."""

    most_in_a_second: int
    refused: int


def refusals(sent: Iterable[tuple[float, ChatId]]) -> Refusals:
    """Count what would be refused of what is sent at these moments."""
    last, last_of = deque[float](), dict[ChatId, float]()
    most = refused = 0
    for moment, chat in sorted(sent):
        while last and last[0] <= moment - EVERY_S:
            last.popleft()
        if len(last) >= PER_SECOND or moment - last_of.get(chat, -EVERY_S) < EVERY_S:
            refused += 1
            continue
        last.append(moment)
        last_of[chat] = moment
        most = max(most, len(last))
    return Refusals(most, refused)
