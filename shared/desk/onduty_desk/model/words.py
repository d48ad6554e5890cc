"""The constants that Python and Lua share; scripts write them `words.<kind>.<word>`.

What is stored or sent keeps its spelling for ever: states, delivery states, notes, reasons.
"""

from typing import Literal, get_args

State = Literal["waiting", "claimed", "closed"]
"""The state of a conversation."""

DeliveryState = Literal[
    "waiting", "attempting", "quiet", "summarised", "sent", "withdrawn", "given up"
]
"""The state of one message on one phone; `sent 17,18` holds the Telegram messages, `given up: why`
the reason.

A quiet one came without a ring: it is edited into the card. A summarised one was part of a flood:
the card counts it.
"""

Reason = Literal["released", "lease_ended", "off_duty"]
"""Why a conversation waits again: the event's reason, and the note that rings the others."""

Note = Literal["released", "lease_ended", "off_duty", "lost", "nudge", "taken_over", "passed"]
"""The kinds of notes, which are sent as replies to a card."""

LookKind = Literal["open", "confirm"]
"""How a phone shows a card whose operator opened it; `confirm` asks before a take-over."""

Step = Literal[
    "send",
    "send_note",
    "send_summary",
    "edit",
    "link_to_newer_card",
    "remove_keyboard",
    "delete",
]
"""The steps at a phone: send messages, a note, or a summary after an outage; edit the card, let an
older card say that it is further down now, remove the buttons of a message, delete a message."""

Outcome = Literal[
    "done", "gone", "later", "again", "not_taken", "unknown", "given_up", "unreachable"
]
"""The outcome of a step: `gone` (the message no longer exists), `later` (429), `again` (not
counted), `not_taken` (for a send or a note: counted while others succeed), `unknown` (it may be on
the phone), `unreachable` (nothing can be sent to the phone)."""

TapResult = Literal[
    "claimed",
    "released",
    "released_alone",
    "closed",
    "reopened",
    "renewed",
    "opened",
    "back",
    "confirm",
    "asked_again",
    "taken",
    "yours",
    "waiting",
    "is_closed",
    "off_duty",
    "other_group",
    "unknown",
    "just_changed",
    "on_its_way",
]
"""The result of a tap, see `conversations/commands/tap.lua`."""

EventType = Literal[
    "conversation.claimed",
    "conversation.released",
    "conversation.delegated",
    "conversation.closed",
    "message.undeliverable",
]
"""The types of events, see docs/backend.md."""

WORDS: dict[str, tuple[str, ...]] = {
    "state": get_args(State),
    "delivery": get_args(DeliveryState),
    "reason": get_args(Reason),
    "note": get_args(Note),
    "look": get_args(LookKind),
    "step": get_args(Step),
    "outcome": get_args(Outcome),
    "tap": get_args(TapResult),
    "event": get_args(EventType),
}
"""Kind → its words. In Lua, blanks and dots of a word are underscores."""
