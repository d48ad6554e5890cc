"""Holds what phones show against what Redis says: the buttons of cards and their first lines.

What is expected is written here once more and not taken from the dispatcher, whose work it judges.
"""

import re
import time
from collections.abc import Collection, Mapping, Sequence
from typing import cast

from redis.asyncio import Redis

from chaos.truth import Known, Truth
from onduty_desk.model.keys import ChatId, card_key
from onduty_sandbox.client import ChatMessage

CUSTOMER = re.compile(r"Alice of ([\w-]+)")
"""Every customer of a run bears the name of their conversation, so that phones tell which it is."""

NUDGE = ["Still answering", "↩️ Release"]
CALL = ["🙋 I'll answer"]
"""Below a message that tells that a conversation waits again."""

HAND_OVER = "Release all"
"""Below the list of what somebody held who went off duty: no card, though it names customers."""

_STATUS = re.compile(
    r"✅ You are answering|✅ .+ is answering|☑️ Closed|↩️ Returned from .+"
    "|↩️ It was yours|🔁 Back again, last with .+"
)
_LINES_OF_STATUS = 4


Strangers = frozenset[tuple[int | None, int | None]]
"""Messages by chat and id, of which Redis does not say what they show."""


async def strangers_on(redis: Redis, phones: Mapping[ChatId, Sequence[ChatMessage]]) -> Strangers:
    """Return the messages with buttons whose send had an outcome that nobody knew."""
    with_buttons = [
        (chat, message.message_id)
        for chat, messages in phones.items()
        for message in messages
        if message.buttons and _customer(message)
    ]
    async with redis.pipeline(transaction=False) as pipeline:
        for chat, message_id in with_buttons:
            pipeline.exists(card_key(chat, message_id))
        known = await pipeline.execute()
    return frozenset(
        place for place, is_known in zip(with_buttons, known, strict=True) if not is_known
    )


def customer(conversation: str) -> str:
    """Return the name of a conversation's customer."""
    return f"Alice of {conversation}"


def lies(
    truth: Truth,
    phones: Mapping[ChatId, Sequence[ChatMessage]],
    throughout: Collection[ChatId],
    strangers: Strangers = frozenset(),
) -> list[str]:
    """Return every card that does not say what is so, and every one that is not there.

    Args:
        truth: what is so.
        phones: what they show.
        throughout: the phones that were on duty all the time: what they were sent, they still have.
        strangers: messages that are left out, because the desk never learned of them.
    """
    found: list[str] = []
    for chat, messages in phones.items():
        shown = _by_conversation([m for m in messages if (chat, m.message_id) not in strangers])
        for name, known in truth.conversations.items():
            wrong = _wrong(
                known,
                chat,
                shown.get(name, []),
                is_on=chat in truth.on_duty,
                must_show=chat in throughout and chat in known.shown_to,
            )
            found += [f"{name} on phone {chat}, {known.state}: {what}" for what in wrong]
    return found


def _by_conversation(messages: Sequence[ChatMessage]) -> dict[str, list[ChatMessage]]:
    found: dict[str, list[ChatMessage]] = {}
    for message in messages:
        if name := _customer(message):
            found.setdefault(name, []).append(message)
    return found


def _customer(message: ChatMessage) -> str | None:
    """Return whose card this is, or a reply to it; None if it is neither."""
    name = CUSTOMER.search(message.text)
    is_shown = message.from_bot and not message.deleted
    return name[1] if name and is_shown and HAND_OVER not in message.button_texts else None


def _wrong(
    known: Known, chat: ChatId, shown: Sequence[ChatMessage], *, is_on: bool, must_show: bool
) -> list[str]:
    nudges = [message for message in shown if message.button_texts == NUDGE]
    calls = [message for message in shown if message.button_texts == CALL]
    with_buttons = [m for m in shown if m.buttons and m not in nudges and m not in calls]
    is_nudged = known.fields.get("nudged") and known.state[1] == chat
    wrong = [] if is_nudged else [f"asked {NUDGE} in {one.message_id}" for one in nudges]
    if len(calls) > (is_on and known.state[0] == "waiting"):
        wrong.append(f"{CALL} on {[message.message_id for message in calls]}")
    expected, or_else = expected_buttons(known, chat, is_on=is_on)
    wrong += [
        f"{message.button_texts} and not {expected} in {message.message_id}"
        for message in with_buttons
        if message.button_texts not in (expected, or_else)
    ]
    if len(with_buttons) > 1:
        wrong.append(f"buttons on {[message.message_id for message in with_buttons]}")
    if expected and must_show and not with_buttons:
        wrong.append("no card with buttons")
    cards = with_buttons or (_last_card(shown) if must_show and is_on else [])
    for card in cards:
        wrong += _wrong_lines(card, expected_lines(known, chat))
    return wrong


def _last_card(shown: Sequence[ChatMessage]) -> list[ChatMessage]:
    """Return the newest that is no reply to another: the card of this round, without buttons."""
    return [message for message in shown if message.reply_to is None][-1:]


def expected_buttons(known: Known, chat: ChatId, *, is_on: bool) -> tuple[list[str], list[str]]:
    """Return the texts of the buttons that a phone's card has now, and those that it may have.

    They differ when a look is over: it goes with the next edit.
    """
    copy = known.copies.get(chat, {})
    view, until_ms = cast("str | None", copy.get("view")), copy.get("view_until_ms", 0)
    assert isinstance(until_ms, int | float)
    is_over = until_ms <= time.time() * 1000 - known.people_behind_ms
    looked_at = _buttons(known, chat, view, is_on=is_on)
    return (_buttons(known, chat, None, is_on=is_on) if is_over else looked_at), looked_at


def _buttons(known: Known, chat: ChatId, view: str | None, *, is_on: bool) -> list[str]:
    state, owner = known.state
    if state == "claimed" and owner == chat:
        return ["☑️ Close", "↩️ Release"]
    if not is_on:
        return []
    if state == "waiting":
        return ["🙋 I'll answer", "Back" if view else "👀 Look"]
    if state == "closed":
        return ["Reopen"] if known.fields.get("closed_by") == str(chat) else []
    sure = [f"Yes, take over from {known.fields['owner_name']}", "No"]
    return {None: ["👀 Open"], "open": ["Take over", "Back"]}.get(view, sure)


def expected_lines(known: Known, chat: ChatId) -> set[str]:
    """Return the lines above a card's text, without that of how many messages there are."""
    state, owner = known.state
    if state == "closed":
        return {"☑️ Closed"}
    if state == "claimed" and owner == chat:
        return {"✅ You are answering"}
    if state == "claimed":
        return {f"✅ {known.fields['owner_name']} is answering"}
    if known.fields.get("returned_by") == str(chat):
        return {"↩️ It was yours"}
    if returned := known.fields.get("returned_from"):
        return {f"↩️ Returned from {returned}"}
    last = known.fields.get("was_with")
    if known.fields.get("last_owner") == str(chat):
        last = last and "you"
    return {f"🔁 Back again, last with {last}"} if last else set()


def _wrong_lines(card: ChatMessage, expected: set[str]) -> list[str]:
    above = card.text.splitlines()[:_LINES_OF_STATUS]
    found = {line for line in above if _STATUS.fullmatch(line)}
    return (
        [] if found == expected else [f"says {found or 'nothing'} and not {expected or 'nothing'}"]
    )
