"""The fields of each stored record: conversation, copy, attempt, phone, operator, Telegram.

Kinds: `text`; `number`; `flag` (set or absent); `ms`, a time of Redis's clock, `people ms` of the
service clock (`conversations/people_clock.lua`); `seq`, a message's place in its conversation;
`operator`, `chat` and `message`, Telegram's ids; a list of one of these. Writers are Lua modules.
"""

from typing import NamedTuple


class Field(NamedTuple):
    """One field of a hash, or of JSON in one."""

    name: str
    kind: str
    about: str
    by: str
    """The Lua modules that write it, separated by blanks."""


def _table(*rows: tuple[str, str, str, str]) -> dict[str, Field]:
    return {row[0]: Field(*row) for row in rows}


CONVERSATION = _table(
    ("group", "text", "its group; without one the conversation has expired", "route"),
    ("asked_group", "text", "what the backend asked for, if that is unknown", "route"),
    ("state", "state", "absent: waiting", "ownership rounds"),
    ("priority", "priority", "the highest since `calm`", "route"),
    ("calm", "flag", "the next message resets the priority", "ownership"),
    ("last_seq", "seq", "of its newest message", "route"),
    (
        "offered_seq",
        "seq",
        "later messages are still to be offered to phones",
        "route offering ownership rounds cards outbox retry_delivery",
    ),
    ("offered_to", "chat", "up to it, the message after `offered_seq` is offered", "offering"),
    ("from_seq", "seq", "this round begins after it", "rounds"),
    ("urgent_seq", "seq", "the newest urgent message", "route"),
    ("waiting_since_ms", "ms", "since when the customer waits", "route rounds"),
    ("answered", "flag", "the next message resets `waiting_since_ms`", "route"),
    ("version", "number", "of what its cards show", "route edits"),
    ("owner", "operator", "who answers", "ownership"),
    ("owner_name", "text", "their name when they claimed", "ownership"),
    ("last_owner", "operator", "who answered last", "ownership"),
    ("last_owner_name", "text", "their name then", "ownership"),
    ("closed_by", "operator", "who may reopen it", "ownership"),
    ("nudge_at_ms", "people ms", "a timer: a silent owner is asked", "ownership timers"),
    ("nudged", "flag", "they have been asked", "timers"),
    ("return_at_ms", "people ms", "a timer: the lease ends", "timers"),
    ("first_until_ms", "people ms", "a timer: until then only `last_owner` is rung", "rounds"),
    ("returned_from", "text", "the previous owner's name, while it waits again", "ownership"),
    ("returned_by", "operator", "the previous owner", "ownership"),
    ("was_with", "text", "the owner's name in the previous round", "rounds"),
    ("ring", "reason", "why it rings again, until that is offered", "ownership"),
    ("ring_except", "operator", "who is not rung by it", "ownership"),
    ("event_seq", "number", "of its newest event", "events"),
    ("let_live_ms", "ms", "when the expiry of its cards' keys was last extended", "route"),
)
"""The hash `onduty:conversation:<id>`."""

COPY = _table(
    ("card", "message", "the one with the buttons", "copies settled_send settled_edit"),
    (
        "version",
        "number",
        "the conversation's version that it shows; -1: edit it in any case",
        "copies settled_send settled_edit outbox tap retry_step",
    ),
    ("language", "text", "of the operator, for when they are off duty", "settled_send"),
    ("rung_ms", "ms", "its last ring", "settled_send settled_note"),
    ("rung_seq", "seq", "the newest message for which it rang", "settled_send"),
    ("own_to", "seq", "the newest message that the card was sent with", "settled_send cards"),
    ("drawn_seq", "seq", "the newest message that it was edited with", "settled_edit"),
    ("quiet_seq", "seq", "the first message that came without a ring", "outbox cards"),
    ("silent", "flag", "the next send must not ring", "cards copies outbox summary"),
    (
        "note",
        "note",
        "a note to be sent as a reply to the card",
        "notes ownership outbox next_send aside settled_send settled_note settled_edit",
    ),
    ("maybe_note", "note", "this note may have been sent", "notes settled_send settled_note"),
    ("passed_by", "text", "who passed it", "ownership"),
    ("view", "look", "opened, or asked to confirm", "tap ownership copies"),
    ("view_until_ms", "people ms", "the first edit after it ends the look", "tap ownership copies"),
    ("over", "operator", "the owner whom a confirming tap replaces", "tap ownership copies"),
    ("strip", "list of message", "step remove_keyboard", "copies settled_edit"),
    ("remove", "list of message", "step delete", "copies settled_edit"),
    ("moved", "message", "the older card, for step link_to_newer_card", "copies settled_edit"),
    ("nudge", "message", "the nudge", "settled_note settled_edit sign_out"),
    ("call", "message", "the note with a button to claim", "copies settled_edit sign_out"),
    ("call_stays", "flag", "the call holds customers' texts", "copies settled_edit sign_out"),
    ("maybe_seq", "seq", "messages up to it may have been sent", "attempts settled_send"),
    ("failures", "number", "failed sends since `failing_since_ms`", "copies"),
    ("failing_since_ms", "ms", "the first of these failures", "copies"),
    ("hold_ms", "ms", "not due before: others go first", "copies"),
    ("broke", "flag", "send one message at a time, to find the odd one", "broke copies"),
    ("edit_failures", "number", "failed edits in a row", "settled_edit"),
    ("buttons", "list of verb", "the buttons of the card", "settled_send settled_edit"),
    ("was_buttons", "list of verb", "its previous buttons", "settled_send settled_edit"),
    ("buttons_ms", "ms", "when the buttons last changed", "settled_send settled_edit"),
)
"""JSON in the hash `onduty:copies:<conversation>`, by chat."""

ATTEMPT = _table(
    ("id", "text", "made by the sender", "attempt"),
    ("conversation", "text", "its id", "attempt"),
    ("messages", "list of text", "their ids, exactly those that are sent", "attempt"),
    ("parts", "number", "how many Telegram messages it needs", "attempt"),
    ("part", "number", "how many of them are sent", "attempt settled_send"),
    ("sent", "list of message", "the ids of those", "attempt settled_send"),
    (
        "unknowns",
        "number",
        "unknown outcomes in a row",
        "attempt settled_send",
    ),
    ("maybe", "flag", "it may have been sent for another reason", "attempt settled_send"),
    ("in_flight", "flag", "it is not settled", "attempt settled_send"),
    ("begun_ms", "ms", "the last try", "attempt"),
    ("unknown_ms", "ms", "the last try with an unknown outcome", "attempt settled_send"),
)
"""JSON in the field `attempt` of `onduty:chat:<chat>`: a send in progress."""

CHAT = _table(
    ("class", "class", "the timetable that it is in", "timetable"),
    ("next_at_ms", "ms", "not due before", "timetable"),
    ("edits_at_ms", "ms", "no edits before", "timetable"),
    ("lease", "text", "of the dispatcher that has taken it", "take"),
    ("lease_until_ms", "ms", "its end", "take"),
    ("attempt", "JSON", "see ATTEMPT", "attempt settled_send"),
    (
        "summary",
        "JSON",
        "how much waits after an outage, for step send_summary",
        "summary settled_note",
    ),
)
"""The hash `onduty:chat:<chat>`: a phone with something to do."""

OPERATOR = _table(
    ("group", "text", "the group whose phrase they gave", "sign_in"),
    ("update_id", "number", "the update that signed them in", "sign_in"),
    ("since_ms", "ms", "on duty since", "sign_in"),
    ("name", "text", "their name in Telegram", "known_as"),
    ("language", "text", "the language of texts for them", "known_as"),
    ("fingerprint", "text", "of the phrase, to recognise a changed one", "sign_in"),
    ("chat_id", "chat", "where to send, if the chat has another id", "move_chat"),
)
"""The hash `onduty:operator:<id>`; the name, the language and the fingerprint come with sign_in."""

TELEGRAM = _table(
    ("away_since_ms", "ms", "the desk pauses since", "reach"),
    ("reason", "text", "why", "reach"),
    ("is_confirmed", "flag", "getMe had no answer either: an outage", "reach asked"),
    ("probe_at_ms", "ms", "when Telegram is asked next", "reach probe asked"),
    ("probed_ms", "ms", "when Telegram was last asked", "probe"),
    ("probes", "number", "how often since the pause began", "reach asked"),
    ("last_since_ms", "ms", "when the previous outage began", "reach"),
    ("last_back_ms", "ms", "when the previous outage ended", "reach"),
    ("paused_since_ms", "ms", "when the previous pause, outage or not, began", "reach"),
    ("paused_back_ms", "ms", "when the previous pause ended", "reach"),
    ("sent_ms", "ms", "when Telegram last took something", "reach"),
    ("pauses", "number", "how often the desk has paused since then", "reach"),
)
"""The hash `onduty:telegram`."""

CLOCK = _table(
    ("since_ms", "ms", "since when the service clock is stopped", "people_clock"),
    ("stopped_ms", "number", "how long it was stopped in all, in ms", "people_clock mend_clock"),
    ("went_on_ms", "ms", "when it last went on", "people_clock"),
)
"""The hash `onduty:clock`."""

EVENT_TRY = _table(
    ("lease", "text", "of the dispatcher that delivers it", "take_events"),
    ("since_ms", "ms", "its first try", "take_events"),
    ("failures", "number", "so far", "settle_event"),
)
"""The hash `onduty:events-trying:<conversation>`."""

UPDATE_TROUBLE = _table(
    ("failed", "number", "how often handling it raised", "finish_update"),
    ("slow", "number", "how often it took too long", "finish_update"),
    ("away", "number", "how often Telegram or Redis was away", "finish_update"),
)
"""The hash `onduty:update-trouble:<update>`."""

HASHES = (CONVERSATION, CHAT, OPERATOR, TELEGRAM, CLOCK, EVENT_TRY, UPDATE_TROUBLE)
"""All hashes except those whose fields are ids."""
