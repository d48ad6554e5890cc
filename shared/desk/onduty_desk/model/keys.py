"""Every Redis key of the desk; the keys of acceptance are in `onduty.wire`.

Each key is owned by a chat, an operator or a conversation, or it expires; who removes it is said
beside it. `scripts/prelude.lua` builds the same names on the server.
"""

from typing import Literal, NewType

from onduty import Priority

OperatorId = NewType("OperatorId", int)
ChatId = NewType("ChatId", int)
ConversationId = NewType("ConversationId", str)

# The desk itself.

BOT = "onduty:bot"
"""String: the id of the bot whose desk this is. Written by the first start, changed by `adopt`."""

CAN_WRITE = "onduty:can-write"
"""String: nothing; written to find out whether Redis takes a write. Expires."""

CLOCK_READ = "onduty:clock-read"
"""String: the time (ms) that a dispatcher last read, to notice a clock set back. Expires."""

PROCESSES = "onduty:processes"
"""Sorted set: `service host process id`, by when it last showed a sign of life (ms). Expires."""


def aside_key(key: str) -> str:
    """What somebody wrote over a key of ours, of whatever type it is. Expires after a week."""
    return f"onduty:aside:{key}"


# Who is on duty.

ON_DUTY = "onduty:duty"
"""Sorted set: every operator on duty, by when they came on (ms). Left by going off."""


def duty_key(group: str) -> str:
    """Sorted set: operators on duty in a group, by when they came on (ms). Left by going off."""
    return f"onduty:duty:{group}"


def operator_key(operator_id: OperatorId) -> str:
    """Hash of an operator on duty: name, language, group, since_ms, … Removed by going off."""
    return f"onduty:operator:{operator_id}"


SIGNED_OUT = "onduty:signed-out"
"""Hash operator → language: signed out by a changed phrase and still to be told."""


def telling_key(operator_id: OperatorId) -> str:
    """String: a process is telling this operator that the phrase has changed. Expires."""
    return f"onduty:telling:{operator_id}"


# Signing in. All of it expires.


def login_key(operator_id: OperatorId) -> str:
    """String: a login waits for the phrase until this moment (ms)."""
    return f"onduty:login:{operator_id}"


def wrong_tries_key(operator_id: OperatorId) -> str:
    """Sorted set: the updates that held a wrong phrase, by when (ms)."""
    return f"onduty:wrong-tries:{operator_id}"


def lock_key(operator_id: OperatorId) -> str:
    """String: signing in is locked until this moment (ms)."""
    return f"onduty:lock:{operator_id}"


# Over all accounts: `onduty:guesses:…` and `:compared:…` count strangers' tries,
# `:tries-elsewhere:<id>` what somebody wrote outside of signing in that might hold a phrase,
# `:exposed:<chat>:<message>` is a phrase that was told of, and `:guessing`, `:guessing:telling`,
# `:lease`, `:last` are what the admins are to be told. Only `scripts/guessing.lua` and the scripts
# behind it read them; all of it expires.


def known_key(operator_id: OperatorId) -> str:
    """String: was an operator; no stranger. Expires 30 days after the last sign-in or sign-out."""
    return f"onduty:known:{operator_id}"


def answered_key(chat_id: ChatId) -> str:
    """Sorted set: the occasions on which a stranger was answered in the last minute. Expires."""
    return f"onduty:answered:{chat_id}"


# Updates on their way through the bot.

UPDATE_CHATS = "onduty:updates"
"""Sorted set of chats with stored updates, by when they may be handled next (ms).

Emptied by handling.
"""

UPDATE_CHATS_FIRST = "onduty:updates-first"
"""The same of operators, admins, and who was an operator lately: theirs are handled first."""


def chat_updates_key(chat: str) -> str:
    """Sorted set: a chat's stored updates as JSON without phrases, by id. Emptied by handling."""
    return f"onduty:updates:{chat}"


UPDATES_DROPPED = "onduty:updates-dropped"
"""String: how many updates of strangers had no place in their line. Expires after a day of none."""

HEARD = "onduty:heard"
"""String: when a bot last read updates, by Redis's own clock (ms). One key, overwritten."""


def seen_update_key(update_id: int) -> str:
    """String: this update was stored once. Expires after a day, as Telegram's own copy does."""
    return f"onduty:update:{update_id}"


def decided_key(update_id: int) -> str:
    """String: what an update was decided to mean, as JSON. Expires after a day."""
    return f"onduty:decided:{update_id}"


def said_key(occasion: str) -> str:
    """String: what there was to say on this occasion (an update, a lock, a group chat) was said.

    Expires.
    """
    return f"onduty:said:{occasion}"


def update_trouble_key(update_id: int) -> str:
    """Hash: how often handling an update failed, and how often Telegram was away. Expires."""
    return f"onduty:update-trouble:{update_id}"


UPDATES_ASIDE = "onduty:updates-aside"
"""Sorted set: ids in the failed list of updates that were set aside, by when (ms); the newest 1,000
are kept. Expires 90 days after the last."""

SET_ASIDE = "onduty:updates-set-aside"
"""List: where an older version kept them, as JSON with the reason. Only counted now."""


def wrong_type_key(key: str) -> str:
    """What somebody wrote into a key that is of another type. Expires after 30 days."""
    return f"onduty:wrong-type:{key}"


POLLER = "onduty:poller"
"""String: the bot process that reads updates. A lease: expires."""

# A conversation's way to the phones. Expire together, `ONDUTY_RETENTION_DAYS` after the newest
# message.


def conversation_key(conversation_id: ConversationId) -> str:
    """Hash of a conversation.

    `group`, `asked_group`; `state` (waiting, claimed, closed; none is waiting); `priority`, and
    `calm` when the next message sets it anew; `last_seq`, `offered_seq` (of its messages),
    `from_seq` (this round begins behind it), `urgent_seq` (the newest urgent one);
    `waiting_since_ms`, `answered` when the next message sets that anew; `version` (of what cards
    show); `owner`, `owner_name`, `last_owner`, `closed_by`; `nudge_at_ms`, `nudged`,
    `return_at_ms`; `returned_from`, `ring` (why it rings again) and `ring_except` (whom not);
    `looker`, `looker_name` (the last who began to look), `looking_until_ms` (the end of the first
    look to end); `first_until_ms` (until then only `last_owner` is rung); `event_seq`;
    `let_live_ms` (when the keys of its cards were last let live as long).
    """
    return f"onduty:conversation:{conversation_id}"


def messages_key(conversation_id: ConversationId) -> str:
    """Sorted set: message ids by their place in the conversation."""
    return f"onduty:messages:{conversation_id}"


def cursor_key(conversation_id: ConversationId) -> str:
    """Hash chat → the place up to which that phone has nothing more to come."""
    return f"onduty:cursor:{conversation_id}"


def copies_key(conversation_id: ConversationId) -> str:
    """Hash chat → JSON: what that phone shows of the conversation, see `scripts/phones.lua`."""
    return f"onduty:copies:{conversation_id}"


def deliveries_key(message_id: str) -> str:
    """Hash chat → waiting, attempting, quiet, summarised, `sent 17`, withdrawn, or `given up: why`.

    A quiet one has come without a ring: it is drawn into the card that the phone has. A summarised
    one was part of a flood: the card counts it.
    """
    return f"onduty:deliveries:{message_id}"


def card_key(chat_id: ChatId, message_id: int) -> str:
    """String: the conversation a Telegram message shows."""
    return f"onduty:card:{chat_id}:{message_id}"


def waiting_key(group: str) -> str:
    """Sorted set: conversations that nobody owns, most urgent and oldest first."""
    return f"onduty:waiting:{group}"


def claims_key(operator_id: OperatorId) -> str:
    """Sorted set: conversations an operator owns, by when they claimed them (ms).

    Left by releasing, closing, handing over; all of it happens when a lease ends.
    """
    return f"onduty:claims:{operator_id}"


def list_key(chat_id: ChatId, message_id: int) -> str:
    """String: the conversations of a list's rows, as JSON. Expires after a day."""
    return f"onduty:list:{chat_id}:{message_id}"


DUE = "onduty:due"
"""Sorted set: conversations with a moment to come (a nudge, the end of a lease), by the soonest."""

WAKE = "onduty:wake"
"""Channel: the bot has changed something, dispatchers look at once."""

# The phones. Emptied by sending, or by going off duty.


def outbox_key(chat_id: ChatId) -> str:
    """Sorted set: conversations with something new for a phone, most urgent first."""
    return f"onduty:outbox:{chat_id}"


def redraws_key(chat_id: ChatId) -> str:
    """Sorted set: conversations whose card on a phone is to be drawn anew, by when that came up.

    What the phone's own tap asks for comes first.
    """
    return f"onduty:redraws:{chat_id}"


def shown_key(chat_id: ChatId) -> str:
    """Sorted set: conversations of which a phone has a copy, by since when (ms).

    Expires with them.
    """
    return f"onduty:shown:{chat_id}"


def chat_key(chat_id: ChatId) -> str:
    """Hash: class, next_at_ms, lease, lease_until_ms, the attempt under way, failures (of edits).

    Removed when idle.
    """
    return f"onduty:chat:{chat_id}"


def timetable_key(what: Priority | Literal["edits"]) -> str:
    """Sorted set: phones by when to look at them next (ms). Left when there is nothing to come.

    A phone stands in one of them: that of its most urgent conversation, or, if only cards are to
    be drawn anew, that of edits.
    """
    return f"onduty:timetable:{what}"


# Whether Telegram can be reached. `scripts/reach.lua` says what is in them.

TELEGRAM = "onduty:telegram"
"""Hash of the whole desk: since when it pauses and why, when it did before, the last success."""

CLOCK = "onduty:clock"
"""Hash of the whole desk: since when the clock of people stands still, and for how long it has."""

BEHIND = "onduty:behind"
"""Sorted set: phones that are still to be told how much waits after an outage. Expires."""

# `onduty:telegram:failing` and `:asking` expire within seconds, `onduty:trouble:…` (how often
# something broke) within a day.

# Pacing. All of it expires: `onduty:pace:slot`, `:pause`, `:turn`, `:refusals`, what the bot's
# answers have used of their shares (`onduty:pace:answers:operators`, `:strangers`), and per chat
# `onduty:pace:chat:<id>`, `:group:<id>`, `:refused:<id>`, `:answer:<id>` (until when cards keep
# out for an answer; 0: the next turn is a card's); only `scripts/pace.lua`, permit.lua and take.lua
# read them.

# Events to the chat backend. Removed by delivering them; all of it expires too,
# `ONDUTY_RETENTION_DAYS` after a conversation's last event.

EVENTS_WANTED = "onduty:events-wanted"
"""String: for how long events are kept, in seconds. Written by the dispatchers that deliver events,
at each look; expires a day after the last one, and from then on no events are kept."""

EVENTS_DUE = "onduty:events"
"""Sorted set: conversations with undelivered events, by when to look at them next (ms)."""


def events_key(conversation_id: ConversationId) -> str:
    """List: a conversation's undelivered events as JSON, in order."""
    return f"onduty:events:{conversation_id}"


def events_trying_key(conversation_id: ConversationId) -> str:
    """Hash of the event being delivered: lease, since_ms (its first try), failures."""
    return f"onduty:events-trying:{conversation_id}"


FAILED = "onduty:failed"
"""Sorted set: ids of what was given up, by when (ms).

Left when someone acts, or `ONDUTY_RETENTION_DAYS` later (dispatchers look).
"""

FAILURES = "onduty:failures"
"""Hash id → JSON: what was given up and why. Left together with the id's place in `FAILED`."""


def alive_key(service: str, host: str) -> str:
    """String: a process of this service works on this host. Expires."""
    return f"onduty:alive:{service}:{host}"


def unwell_key(service: str, host: str) -> str:
    """String: why a process of this service on this host cannot work. Expires."""
    return f"onduty:unwell:{service}:{host}"
