"""What is kept of a conversation, of a phone's copy of it, of a phone, of an operator, of Telegram.

Kinds: `text`; `number`; `flag` (there or not); `ms`, a moment on Redis's clock, `people ms` on that
of people (`conversations/people_clock.lua`); `seq`, a message's place in its conversation;
`operator`, `chat` and `message`, Telegram's ids; a list of one of these. Writers are Lua modules.
"""

from typing import NamedTuple


class Field(NamedTuple):
    """One field of a hash, or of JSON in one."""

    name: str
    kind: str
    about: str
    by: str
    """Who writes it, apart by blanks."""


def _table(*rows: tuple[str, str, str, str]) -> dict[str, Field]:
    return {row[0]: Field(*row) for row in rows}


CONVERSATION = _table(
    ("group", "text", "whose it is; without one the conversation has expired", "route"),
    ("asked_group", "text", "what the backend asked for, if that is unknown", "route"),
    ("state", "state", "none is waiting", "ownership rounds"),
    ("priority", "priority", "the highest since `calm`", "route"),
    ("calm", "flag", "the next message sets the priority anew", "ownership"),
    ("last_seq", "seq", "of its newest message", "route"),
    (
        "offered_seq",
        "seq",
        "what comes behind it is still to be offered to phones",
        "route offering ownership rounds cards outbox retry_delivery",
    ),
    ("from_seq", "seq", "this round begins behind it", "rounds"),
    ("urgent_seq", "seq", "the newest urgent message", "route"),
    ("waiting_since_ms", "ms", "since when the customer waits", "route rounds"),
    ("answered", "flag", "the next message sets `waiting_since_ms` anew", "route"),
    ("version", "number", "of what its cards show", "route edits"),
    ("owner", "operator", "who answers", "ownership"),
    ("owner_name", "text", "their name when they claimed", "ownership"),
    ("last_owner", "operator", "who answered last", "ownership"),
    ("last_owner_name", "text", "their name then", "ownership"),
    ("closed_by", "operator", "they may reopen it", "ownership"),
    ("nudge_at_ms", "people ms", "a timer: a silent owner is asked", "ownership run_timers"),
    ("nudged", "flag", "they have been asked", "run_timers"),
    ("return_at_ms", "people ms", "a timer: the lease ends", "run_timers"),
    ("first_until_ms", "people ms", "a timer: only `last_owner` is told until then", "rounds"),
    ("returned_from", "text", "the name of the owner before, while it waits again", "ownership"),
    ("returned_by", "operator", "who that was", "ownership"),
    ("was_with", "text", "who answered in the round before", "rounds"),
    ("ring", "reason", "why it rings again, until that is offered", "ownership"),
    ("ring_except", "operator", "whom not", "ownership"),
    ("event_seq", "number", "of its newest event", "events"),
    ("let_live_ms", "ms", "when the keys of its cards were last prolonged", "route"),
)
"""The hash `onduty:conversation:<id>`."""

COPY = _table(
    ("card", "message", "the one with the buttons", "copies settled_send settled_edit"),
    (
        "version",
        "number",
        "of the conversation, as drawn; -1: draw it in any case",
        "copies settled_send settled_edit outbox tap retry_step",
    ),
    ("language", "text", "of the operator, for when they are off duty", "settled_send"),
    ("rung_ms", "ms", "its last ring", "settled_send settled_note"),
    ("rung_seq", "seq", "the newest message that it told of", "settled_send"),
    ("own_to", "seq", "the newest message that the card was sent with", "settled_send cards"),
    ("drawn_seq", "seq", "the newest that it was drawn with", "settled_edit"),
    ("quiet_seq", "seq", "the first message that came without a ring", "outbox cards"),
    ("silent", "flag", "the next send must not ring", "cards copies outbox summary"),
    (
        "note",
        "note",
        "what is to be sent in a reply to the card",
        "notes ownership outbox next_send aside settled_send settled_note settled_edit",
    ),
    ("maybe_note", "note", "this note may have come", "notes settled_send settled_note"),
    ("passed_by", "text", "who passed it on", "ownership"),
    ("view", "look", "opened, or asked to confirm", "tap ownership copies next_edit"),
    ("view_until_ms", "people ms", "the first edit after it ends the look", "tap ownership"),
    ("over", "operator", "whose conversation a confirming tap takes", "tap ownership"),
    ("strip", "list of message", "they must lose their buttons", "copies settled_edit"),
    ("remove", "list of message", "they must be deleted", "copies settled_edit"),
    ("moved", "message", "the card before, which must point down", "copies settled_edit"),
    ("nudge", "message", "asks a silent owner", "settled_note settled_edit sign_out"),
    ("call", "message", "calls for somebody to answer", "copies settled_edit sign_out"),
    ("call_stays", "flag", "it holds customers' words", "copies settled_edit sign_out"),
    ("maybe_seq", "seq", "messages up to it may have come", "attempts settled_send"),
    ("failures", "number", "of what is to be sent, since `failing_since_ms`", "copies"),
    ("failing_since_ms", "ms", "the first of them", "copies"),
    ("hold_ms", "ms", "not before: others go first", "copies"),
    ("broke", "flag", "one message at a time, to find the odd one", "broke copies"),
    ("edit_failures", "number", "of edits, one after the other", "settled_edit"),
    ("buttons", "list of verb", "on the card", "settled_send settled_edit"),
    ("was_buttons", "list of verb", "on it before", "settled_send settled_edit"),
    ("buttons_ms", "ms", "since when", "settled_send settled_edit"),
)
"""JSON in the hash `onduty:copies:<conversation>`, by chat."""

ATTEMPT = _table(
    ("id", "text", "made by the sender", "attempt"),
    ("conversation", "text", "its id", "attempt"),
    ("messages", "list of text", "their ids, exactly those that are sent", "attempt"),
    ("parts", "number", "Telegram messages that it takes", "attempt"),
    ("part", "number", "how many have come", "attempt settled_send"),
    ("sent", "list of message", "those", "attempt settled_send"),
    (
        "unknowns",
        "number",
        "outcomes that nobody knows, in a row",
        "attempt settled_send",
    ),
    ("maybe", "flag", "it may have come for another reason", "attempt settled_send"),
    ("in_flight", "flag", "nobody has said what came of it", "attempt settled_send"),
    ("begun_ms", "ms", "the last try", "attempt"),
    ("unknown_ms", "ms", "the last try of unknown outcome", "attempt settled_send"),
)
"""JSON in the field `attempt` of `onduty:chat:<chat>`: a card under way."""

CHAT = _table(
    ("class", "class", "the timetable that it stands in", "timetable"),
    ("next_at_ms", "ms", "not looked at before", "timetable"),
    ("edits_at_ms", "ms", "no edits before", "timetable"),
    ("lease", "text", "of the dispatcher that is at it", "take"),
    ("lease_until_ms", "ms", "its end", "take"),
    ("attempt", "JSON", "see ATTEMPT", "attempt settled_send"),
    ("summary", "JSON", "how much waits after an outage, to be told once", "summary settled_note"),
)
"""The hash `onduty:chat:<chat>`: a phone with something to come."""

OPERATOR = _table(
    ("group", "text", "whose phrase they gave", "sign_in"),
    ("update_id", "number", "the update that signed them in", "sign_in"),
    ("since_ms", "ms", "on duty since", "sign_in"),
    ("name", "text", "as they call themselves on Telegram", "known_as"),
    ("language", "text", "of what they are told", "known_as"),
    ("fingerprint", "text", "of the phrase, to recognise a changed one", "sign_in"),
    ("chat_id", "chat", "where they are sent to, if Telegram moved the chat", "move_chat"),
)
"""The hash `onduty:operator:<id>`; the name, the language and the fingerprint come with sign_in."""

TELEGRAM = _table(
    ("away_since_ms", "ms", "the desk pauses since", "reach"),
    ("reason", "text", "why", "reach"),
    ("is_confirmed", "flag", "getMe has no answer either: an outage", "reach asked"),
    ("probe_at_ms", "ms", "when Telegram is asked next", "reach probe asked"),
    ("probed_ms", "ms", "when it was before", "probe"),
    ("probes", "number", "how often since the pause began", "reach asked"),
    ("last_since_ms", "ms", "the outage before began", "reach"),
    ("last_back_ms", "ms", "and ended", "reach"),
    ("paused_since_ms", "ms", "the pause before, be it an outage or not, began", "reach"),
    ("paused_back_ms", "ms", "and ended", "reach"),
    ("sent_ms", "ms", "Telegram last took something", "reach"),
    ("pauses", "number", "how often the desk has paused since", "reach"),
)
"""The hash `onduty:telegram`."""

CLOCK = _table(
    ("since_ms", "ms", "the clock of people stands still since", "people_clock"),
    ("stopped_ms", "number", "for how long it has in all, in ms", "people_clock mend_clock"),
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
"""All but those whose fields are ids."""
