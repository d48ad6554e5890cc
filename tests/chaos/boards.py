"""Holds the pinned boards against what is so: what is an operator's, and how many wait.

What is expected is written here once more and not taken from the dispatcher, whose work it judges.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from redis.asyncio import Redis

from chaos.copies import BOARD, COME_BACK
from chaos.truth import Truth
from onduty_desk.model.keys import ChatId
from onduty_desk.model.phone_keys import board_key
from onduty_sandbox.client import ChatMessage

_COUNTS = re.compile(r"(?:(⏸️ You are paused)[^\n]*\n)?Yours: (\d+) · Waiting: (\d+)")


async def wrong_boards(
    redis: Redis, truth: Truth, phones: Mapping[ChatId, Sequence[ChatMessage]]
) -> list[str]:
    """Return every board that does not say what is so, is not there, or should not be there."""
    found: list[str] = []
    for chat, messages in phones.items():
        board = cast("dict[str, str]", await redis.hgetall(board_key(chat)))
        found += [f"phone {chat}: {what}" for what in wrong(truth, chat, board, messages)]
    return found


def wrong(
    truth: Truth, chat: ChatId, board: Mapping[str, str], messages: Sequence[ChatMessage]
) -> Iterator[str]:
    """Return what is wrong with the board of one phone.

    Args:
        truth: what is so.
        chat: the phone.
        board: what Redis keeps of its board.
        messages: what it shows.
    """
    shown = [message for message in messages if message.from_bot and not message.deleted]
    pinned = {m.message_id: m for m in shown if m.pinned and m.button_texts[-2:] == BOARD}
    wanted = int(board.get("message", 0)) if chat in truth.on_duty and "wanted" in board else None
    if others := pinned.keys() - {wanted}:
        yield f"boards are pinned that are none: {sorted(others)}"
    if wanted is None:
        return
    if wanted not in pinned:
        yield f"the board {wanted} is not pinned"
        return
    said = _COUNTS.match(pinned[wanted].text)
    counts = (bool(said[1]), int(said[2]), int(said[3])) if said else None
    expected = (
        chat in truth.paused,
        sum(state == ("claimed", chat) for state in truth.states.values()),
        sum(
            known.state[0] == "waiting" and known.fields.get("group") == board["group"]
            for known in truth.conversations.values()
        ),
    )
    if counts != expected:
        yield f"paused, yours and waiting are {expected}, and it says {pinned[wanted].text!r}"
    if (COME_BACK in pinned[wanted].button_texts) != (chat in truth.paused):
        yield f"its buttons are {pinned[wanted].button_texts}"
