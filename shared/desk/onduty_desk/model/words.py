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

A quiet one came without a ring: it is edited into the card. A summarised one was part of a flood,
or waited while a card of newer ones was on its way: that card counts it.
"""

Reason = Literal["released", "lease_ended", "off_duty", "paused"]
"""Why a conversation waits again: the event's reason."""

UnattendedReason = Literal["off_duty", "paused", "unreachable"]
"""Why nobody of a group is available, the event's reason: nobody is on duty, or all pause."""

CloseReason = Literal["idle", "retracted"]
"""Why a conversation closes that nobody closes, the event's reason: nobody wrote for long; the
customer has taken back all that nobody had seen."""

Note = Literal[
    "lost", "nudge", "taken_over", "passed", "found", "declined", "missed", "gone", "too_late"
]
"""The kinds of notes, which are sent as replies to a card. `declined`, `missed` and `gone` say why
a colleague has not taken what was passed on, `too_late` says it to them. `found` is itself a card:
that of a conversation that somebody has looked for, as it is now."""

LookKind = Literal["open", "confirm"]
"""How a phone shows a card whose operator opened it; `confirm` asks before a take-over."""

Step = Literal[
    "send",
    "send_note",
    "send_summary",
    "edit",
    "rewrite",
    "remove_keyboard",
    "delete",
    "shorten",
    "send_nudge",
    "edit_nudge",
    "send_board",
    "pin_board",
    "edit_board",
    "delete_board",
    "retire_board",
    "make_topic",
    "send_context",
    "pin_context",
    "edit_context",
    "rename_topic",
    "delete_topic",
    "tell_flat",
]
"""The steps at a phone: send messages, a note, or a summary after an outage; edit the card,
or a follow-up to its owner; remove the buttons of a message, delete messages, make one line of a
message that Telegram does not delete any more; send or edit the nudge.

Of a board: send, pin, edit and delete it; unpin one that is too old to be deleted, and take its
words.

Of a topic: make, rename and delete it; send, pin and edit the message in it that says what it is
about; tell its operator that the bot has no topics any more."""

DELETIONS: frozenset[Step] = frozenset({"delete", "delete_board", "delete_topic"})
"""Those that cost no slot of the pace."""

NUDGE_STEPS: frozenset[Step] = frozenset({"send_nudge", "edit_nudge"})
"""Those about a phone's nudge, which is about no single conversation."""

BOARD_STEPS: frozenset[Step] = frozenset(
    ("send_board", "pin_board", "edit_board", "delete_board", "retire_board")
)
"""Those that are about no conversation."""

TOPIC_STEPS: frozenset[Step] = frozenset(
    (
        "make_topic",
        "send_context",
        "pin_context",
        "edit_context",
        "rename_topic",
        "delete_topic",
        "tell_flat",
    )
)
"""Those about a topic."""

TopicName = Literal["own", "closed", "passed", "waits"]
"""As what a topic is called: whose its conversation is by now."""

TopicTrouble = Literal["gone", "off", "failing"]
"""Why something was not taken for a topic: the topic is not there, the bot has no topics, or
anything else."""

Outcome = Literal[
    "done", "gone", "later", "again", "not_taken", "unknown", "given_up", "unreachable"
]
"""The outcome of a step: `gone` (the message no longer exists), `later` (429), `again` (not
counted), `not_taken` (for a send or a note: counted while others succeed), `unknown` (it may be on
the phone), `unreachable` (nothing can be sent to the phone)."""

TapResult = Literal[
    "claimed",
    "released",
    "released_soon",
    "released_alone",
    "closed",
    "reopened",
    "renewed",
    "opened",
    "back",
    "menu",
    "pass",
    "note",
    "quick",
    "muted",
    "asks",
    "declined",
    "declined_offer",
    "is_urgent",
    "is_normal",
    "is_low",
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
    "claimed_paused",
    "group_full",
    "limit_full",
]
"""The result of a tap, see `conversations/commands/tap.lua`."""

EventType = Literal[
    "reply.sent",
    "reply.edited",
    "reply.deleted",
    "conversation.claimed",
    "conversation.released",
    "conversation.delegated",
    "conversation.closed",
    "conversation.unattended",
    "conversation.escalated",
    "conversation.muted",
    "message.undeliverable",
]
"""The types of events, see docs/backend.md."""

ReplyState = Literal["held", "delayed", "sending", "delivered", "read", "failed", "deleted"]
"""What became of an operator's answer. `held`: its author is asked first; `delayed`: it is sent
when `ONDUTY_SEND_AFTER` is over; `sending`: it is safe with us; `delivered`: the backend has
confirmed it."""

AnswerResult = Literal[
    "sent",
    "delayed",
    "off",
    "unknown",
    "off_duty",
    "other_group",
    "group_full",
    "limit_full",
    "is_closed",
    "asks",
    "taken",
    "may_reopen",
    "not_held",
]
"""The result of an answer, see `replies/commands/answer.lua`."""

ChangeResult = Literal[
    "unknown",
    "off_duty",
    "off",
    "deleted",
    "same",
    "not_failed",
    "held",
    "changed",
    "taken_back",
    "again",
]
"""The result of changing an answer, see `replies/commands/change.lua`."""

HistoryKind = Literal["message", "reply"]
"""Who has written an entry of a history: the customer, or an operator; see `onduty.history`."""

ActionKind = Literal["kick", "unkick", "invite", "joined", "prioritize"]
"""What an admin did; `joined`: somebody used their invite."""

WORDS: dict[str, tuple[str, ...]] = {
    "state": get_args(State),
    "delivery": get_args(DeliveryState),
    "reason": get_args(Reason),
    "closed": get_args(CloseReason),
    "unattended": get_args(UnattendedReason),
    "note": get_args(Note),
    "look": get_args(LookKind),
    "step": get_args(Step),
    "outcome": get_args(Outcome),
    "tap": get_args(TapResult),
    "event": get_args(EventType),
    "reply_state": get_args(ReplyState),
    "answer": get_args(AnswerResult),
    "change": get_args(ChangeResult),
    "history": get_args(HistoryKind),
    "topic_name": get_args(TopicName),
    "topic_trouble": get_args(TopicTrouble),
    "action": get_args(ActionKind),
}
"""Kind → its words. In Lua, blanks and dots of a word are underscores."""
