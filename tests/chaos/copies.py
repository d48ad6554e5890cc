"""Holds what phones show against what Redis says: buttons here, lines in `card_lines`.

What is expected is written here once more and not taken from the dispatcher, whose work it judges.
"""

import re
import time
from collections.abc import Collection, Mapping, Sequence
from typing import cast

from redis.asyncio import Redis

from chaos.answering.written import without_quote
from chaos.card_lines import expected_lines, wrong_lines
from chaos.truth import Known, Truth
from onduty_desk.conversations.verbs import Verb, read_data
from onduty_desk.model.keys import ChatId, card_key, list_key
from onduty_sandbox.client import ChatMessage

CUSTOMER = re.compile(r"Alice of ([\w-]+)")
"""Every customer of a run bears the name of their conversation, so that phones tell which it is."""

CALL = ["🙋 I'll answer"]
"""Below a message of older versions that tells that a conversation waits again."""

LOOK, HISTORY, MUTE = "👀 Look", "🕘 History", "🔇 Mute"
_HIDDEN = re.compile(r"^… ", re.MULTILINE)
"""How the line begins that counts earlier messages, or says that a text is cut."""

MENU, MENU_OF = "⋯", ("🙋 I'll answer", "☑️ Close")
"""The button of the menu, and the first of a card that may have it; cards of an older version do
not."""

OF_WRITERS = frozenset({"📝 Note", "⚡"})
"""On an owner's card they are the same: only where operators answer from Telegram."""

_A_PAGE = re.compile("◀️|▶️|/")

BOARD, COME_BACK = ["Mine", "Queue"], "▶️ Come back"
"""Below a board, which names those whom its operator holds."""

_ABOUT_PASSING = re.compile(
    r"^🤝 .+ is asked to take over .+\.$|^🤝 .+ waits in the group .+ now\.$"
    r"|^🤝 (?:To whom|Into which group's line) shall|^🤝 .+ Why\?|: no colleague is on duty"
    r"|: nothing (?:to pass on|was passed on)\.$|^.+ has been asked about .+ already\.$"
)
"""What the bot asks and answers who passes a customer on, once it has no buttons any more."""

_ABOUT_ANSWERS = (
    *("This did not reach the customer", "This was not sent yet.", "It was not sent"),
    *("The change did not reach the customer", "😢 "),
    *("📝 Kept as a note", "This went to nobody", "The note stays"),
)
"""How begins what the bot says of an operator's answer to a customer."""

Strangers = frozenset[tuple[int | None, int | None]]
"""Messages by chat and id, of which Redis does not say what they show."""


async def strangers_on(
    redis: Redis,
    phones: Mapping[ChatId, Sequence[ChatMessage]],
    dead: Collection[tuple[int | None, int | None]] = (),
) -> Strangers:
    """Return the messages with buttons whose send had an outcome that nobody knew.

    Those of `dead` had buttons until somebody tapped them.
    """
    with_buttons = [
        (chat, message.message_id)
        for chat, messages in phones.items()
        for message in messages
        if message.buttons or (chat, message.message_id) in dead
        if _customer(message) or is_nudge(message)
    ]
    async with redis.pipeline(transaction=False) as pipeline:
        for chat, message_id in with_buttons:
            pipeline.exists(card_key(chat, message_id), list_key(chat, message_id))
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
    *,
    is_one_version: bool = True,
    closed_at: Mapping[str, float] | None = None,
) -> list[str]:
    """Return every card that does not say what is so, and every one that is not there.

    Args:
        truth: what is so.
        phones: what they show.
        throughout: the phones that were on duty all the time: what they were sent, they still have.
        strangers: messages that are left out, because the desk never learned of them.
        is_one_version: beside an older one only what cards with buttons say counts, and Back does
            not: it leaves cards without buttons and nudges behind.
        closed_at: with a close all cards but one go, and with Reopen none comes back.
    """
    found: list[str] = []
    closed = closed_at or {}
    for chat, messages in phones.items():
        told = [m for m in messages if (chat, m.message_id) not in strangers]
        untold = _by_conversation([m for m in messages if (chat, m.message_id) in strangers])
        shown = _by_conversation(told)
        if is_one_version:
            found += _wrong_nudges(truth, chat, list(filter(is_nudge, told)))
        for name, known in truth.conversations.items():
            wrong = _wrong(
                known,
                chat,
                shown.get(name, []),
                is_on=truth.is_on(chat, known),
                must_show=chat in throughout
                and name not in untold  # its card is there, and counted among the unknown sends
                and _must_show(truth, known, chat)
                and (chat == known.state[1] or _newest(messages, name) >= closed.get(name, 0)),
                is_one_version=is_one_version,
            )
            found += [f"{name} on phone {chat}, {known.state}: {what}" for what in wrong]
    return found


def _must_show(truth: Truth, known: Known, chat: ChatId) -> bool:
    """Where not everybody is rung, only who has it, or is asked, must have kept the card."""
    is_theirs = chat == known.state[1] or known.fields.get("pass_to") == str(chat)
    is_rung = known.routing == "everyone" and truth.is_on(chat, known)
    return chat in known.shown_to and (is_theirs or is_rung)


def _newest(messages: Sequence[ChatMessage], name: str) -> float:
    """Return when a phone was last sent a card of a conversation, even if it is gone by now."""
    cards = [m for m in messages if not is_list(m)]
    about = [m for m in cards if (whose := CUSTOMER.search(m.text)) and whose[1] == name]
    return max((m.date for m in about), default=0)


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
    return name[1] if name and is_shown and not is_list(message) else None


def is_list(message: ChatMessage) -> bool:
    """Whether it is no card: a board, a nudge, an answer that numbers customers."""
    data = [button.callback_data for row in message.buttons for button in row]
    is_answer = not data and _ABOUT_PASSING.search(message.text) is not None
    is_answer |= without_quote(message.text).startswith(_ABOUT_ANSWERS)
    return any(read_data(one) is None for one in data) or is_nudge(message) or is_answer


def is_question(message: ChatMessage) -> bool:
    """Whether it asks to whom a customer is to be passed, or why."""
    data = [button.callback_data or "" for row in message.buttons for button in row]
    is_shown = message.from_bot and not message.deleted
    return is_shown and any(one.startswith("pass_") for one in data)


def is_nudge(message: ChatMessage) -> bool:
    """Whether it asks if its operator is still answering, as older versions' messages do too."""
    data = [button.callback_data or "" for row in message.buttons for button in row]
    has_button = any(one.partition(":")[0] == Verb.KEEP for one in data)
    return has_button and message.from_bot and not message.deleted


def _wrong_nudges(truth: Truth, chat: ChatId, nudges: Sequence[ChatMessage]) -> list[str]:
    """A phone has one, with rows for those whose owner is asked; older versions one for each."""
    numbered = [one for one in nudges if ":" in (one.buttons[0][0].callback_data or "")]
    wrong = [f"{len(numbered)} nudges on phone {chat}"] if len(numbered) > 1 else []
    for nudge in nudges:
        rows = [line for line in nudge.text.splitlines() if not line.startswith("“")]
        for name in CUSTOMER.findall("\n".join(rows)):
            known = truth.conversations[name]
            if not (known.fields.get("nudged") and known.state[1] == chat):
                wrong.append(f"{name} on phone {chat}, {known.state}: asked in {nudge.message_id}")
    return wrong


def _wrong(
    known: Known,
    chat: ChatId,
    shown: Sequence[ChatMessage],
    *,
    is_on: bool,
    must_show: bool,
    is_one_version: bool,
) -> list[str]:
    calls = [m for m in shown if m.button_texts == CALL and "waits again" in m.text]
    with_buttons = [m for m in shown if m.buttons and m not in calls]
    wrong: list[str] = []
    if len(calls) > (is_on and known.state[0] == "waiting"):
        wrong.append(f"{CALL} on {[message.message_id for message in calls]}")
    expected, or_else = expected_buttons(known, chat, is_on=is_on)
    ignored = set() if is_one_version else {"Back"}
    may_be = [[text for text in texts if text not in ignored] for texts in (expected, or_else)]
    wrong += [
        f"{message.button_texts} and not {expected} in {message.message_id}"
        for message in with_buttons
        if [text for text in without_what_may_be(message) if text not in ignored] not in may_be
    ]
    if len(with_buttons) > 1:
        wrong.append(f"buttons on {[message.message_id for message in with_buttons]}")
    if expected and must_show and is_one_version and not with_buttons:
        wrong.append("no card with buttons")
    cards = with_buttons or (_last_card(shown) if must_show and is_on and is_one_version else [])
    for card in cards:
        wrong += wrong_lines(card, expected_lines(known, chat, customer(_customer(card) or "")))
    return wrong


def _last_card(shown: Sequence[ChatMessage]) -> list[ChatMessage]:
    """Return the newest that is no reply to another: the card of this round, without buttons."""
    return [message for message in shown if message.reply_to is None][-1:]


def without_what_may_be(message: ChatMessage) -> list[str]:
    """Return the buttons without those that are there if a card hides something, and the menu's."""
    texts = [
        text
        for text in message.button_texts
        if text not in {LOOK, HISTORY, MUTE} and not _A_PAGE.search(text)
    ]
    return [text for text in texts if text not in {MENU, *OF_WRITERS} or texts[0] not in MENU_OF]


def hides(known: Known, message: ChatMessage) -> bool:
    """Whether a card hides earlier messages, or an earlier round."""
    return "from_seq" in known.fields or _HIDDEN.search(message.text) is not None


def expected_buttons(known: Known, chat: ChatId, *, is_on: bool) -> tuple[list[str], list[str]]:
    """Return the texts of the buttons that a phone's card has now, and those that it may have.

    They differ when a look is over: it goes with the next edit.
    """
    copy = known.copies.get(chat, {})
    if "topic" in copy and known.state == ("claimed", chat) and "pass_to" not in known.fields:
        return (short := ["☑️ Close", "↩️ Release"]), short  # all else is in the topic
    view = "menu" if "menu_until_ms" in copy else cast("str | None", copy.get("view"))
    until_ms = copy.get("menu_until_ms", copy.get("view_until_ms", 0))
    assert isinstance(until_ms, int | float)
    is_over = until_ms <= time.time() * 1000 - known.people_behind_ms
    looked_at = _buttons(known, chat, view, is_on=is_on)
    return (_buttons(known, chat, None, is_on=is_on) if is_over else looked_at), looked_at


def _buttons(known: Known, chat: ChatId, view: str | None, *, is_on: bool) -> list[str]:
    state, owner = known.state
    asked = known.fields.get("pass_to")
    if special := _special(known, chat, view, asked) if is_on else []:
        return special
    view = None if view == "menu" else view
    if state == "claimed" and owner == chat:
        more = ["Do not pass on"] if asked and is_on else []
        return ["☑️ Close", "↩️ Release", *more, *(["Back"] if view and is_on else [])]
    if not is_on:
        return []
    if state == "waiting":
        take = ["🙋 I'll answer", *(["Decline"] if known.can_be_declined else [])]
        return [*([] if known.asked_by_desk else take), *(["Back"] if view else [])]
    if state == "closed":
        return ["Reopen"] if known.fields.get("closed_by") == str(chat) else []
    sure = [f"Yes, take over from {known.fields['owner_name']}", "No"]
    return {None: ["👀 Open"], "open": ["Take over", "Back"]}.get(view, sure)


def _special(known: Known, chat: ChatId, view: str | None, asked: str | None) -> list[str]:
    """Return the buttons of who is asked to take it, or has opened the menu."""
    state, owner = known.state
    if asked == str(chat) and state != "closed":
        return ["🙋 Accept", "Decline", *(["Back"] if view and view != "menu" else [])]
    is_menu = view == "menu" and (state == "waiting" or owner == chat)
    return [*_priorities(known), "🤝 Pass on", "Back"] if is_menu else []


def _priorities(known: Known) -> list[str]:
    texts = {"urgent": "❗ Urgent", "normal": "Normal", "low": "💤 Can wait"}
    now = known.fields.get("priority", "normal")
    return [f"✓ {text}" if name == now else text for name, text in texts.items()]
