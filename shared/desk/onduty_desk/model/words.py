"""The words that Python and Lua share; scripts write them `words.<kind>.<word>`.

What is stored or told outside keeps its spelling for ever: states, delivery states, notes, reasons.
"""

from typing import Literal, get_args

State = Literal["waiting", "claimed", "closed"]
"""Of a conversation."""

DeliveryState = Literal[
    "waiting", "attempting", "quiet", "summarised", "sent", "withdrawn", "given up"
]
"""Of one message at one phone; `sent 17,18` says as which Telegram messages, `given up: why`.

A quiet one has come without a ring: it is drawn into the card that the phone has. A summarised one
was part of a flood: the card counts it.
"""

Reason = Literal["released", "lease_ended", "off_duty"]
"""Why a conversation waits again: the event's reason, and the note that rings the others."""

Note = Literal["released", "lease_ended", "off_duty", "lost", "nudge", "taken_over", "passed"]
"""What is sent to a phone in a reply to its card."""

LookKind = Literal["open", "confirm"]
"""How a phone shows a card that it opened; `confirm` asks before a take-over."""

Step = Literal[
    "send",
    "send_note",
    "send_summary",
    "edit",
    "link_to_newer_card",
    "remove_keyboard",
    "delete",
]
"""What is done at a phone: send messages, send the note, say how much waits after an outage; write
the card anew, let an older card point down to it, take the buttons off a message, delete one."""

Outcome = Literal[
    "done", "gone", "later", "again", "not_taken", "unknown", "given_up", "unreachable"
]
"""What came of a step: `gone` (there is no such message any more), `later` (429), `again` (not
counted), `not_taken` (of a send or a note: counted while others succeed), `unknown` (it may have
come), `unreachable` (the phone can have nothing)."""

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
"""What came of a tap, see `conversations/tap.lua`."""

EventType = Literal[
    "conversation.claimed",
    "conversation.released",
    "conversation.delegated",
    "conversation.closed",
    "message.undeliverable",
]
"""What the chat backend is told, see docs/backend.md."""

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
