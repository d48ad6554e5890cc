"""The fields of each stored record: conversation, operator, Telegram, answers, troubles.

Those of phones are in `phone_fields`.

Kinds: `text`; `number`; `flag` (set or absent); `ms`, a time of Redis's clock, `people ms` of the
service clock (`conversations/people_clock.lua`); `seq`, a message's place in its conversation;
`operator`, `chat` and `message`, Telegram's ids; a list of one of these. Writers are Lua modules.
"""

from onduty_desk.model.phone_fields import BOARD, CHAT, NUDGE, TOPICS_PHONE
from onduty_desk.model.tables import table

CONVERSATION = table(
    (
        "group",
        "text",
        "its group; without one the conversation has expired",
        "route passing forgetting",
    ),
    ("asked_group", "text", "what the backend asked for, if that is unknown", "route"),
    ("state", "state", "absent: waiting", "ownership passing rounds forgetting"),
    ("priority", "priority", "as it was set, or the highest since `calm`", "priorities"),
    ("calm", "flag", "the next message resets the priority", "ownership"),
    ("last_seq", "seq", "of its newest message", "route"),
    (
        "offered_seq",
        "seq",
        "later messages are still to be offered to phones",
        (
            "route waiting_messages ownership passing priorities rounds cards outbox "
            "retry_delivery waves assignment write_group_rules forgetting"
        ),
    ),
    (
        "offered_to",
        "chat",
        "up to it, the message after `offered_seq` is offered",
        "waiting_messages",
    ),
    ("from_seq", "seq", "this round begins after it", "rounds"),
    ("urgent_seq", "seq", "the newest urgent message", "route"),
    ("waiting_since_ms", "ms", "since when the customer waits", "route rounds"),
    ("uncarded_ms", "ms", "accepted then; no phone has a card of this round", "route"),
    ("spreading_ms", "ms", "accepted then; phones wait for a card of this round", "route"),
    (
        "waiting_stopped_ms",
        "number",
        "how long the service clock had stood still in all when the customer began to wait",
        "route rounds",
    ),
    (
        "escalation",
        "JSON",
        "`of` which `waiting_since_ms`; priorities whose steps have `begun`; steps that are `done`",
        "escalation_progress",
    ),
    (
        "unattended_for",
        "ms",
        "the `waiting_since_ms` of which the backend knows that nobody is there",
        "unattended",
    ),
    (
        "answered",
        "flag",
        "the operator has the last word; the next message resets `waiting_since_ms`",
        "lease",
    ),
    ("replied", "flag", "an operator has answered it from Telegram", "replies"),
    ("topics", "text", "phones that have a topic for it, with blanks between", "topics"),
    ("version", "number", "of what its cards show", "route edits passing amending kept_notes"),
    ("owner", "operator", "who answers", "ownership"),
    ("owner_name", "text", "their name when they claimed", "ownership"),
    ("last_owner", "operator", "who answered last", "ownership"),
    ("last_owner_name", "text", "their name then", "ownership"),
    ("closed_by", "operator", "who may reopen it", "ownership"),
    ("closed_for", "closed", "why it closed, if nobody closed it", "ownership"),
    ("kept_by", "operator", "whose phone keeps one line of it while it is closed", "ownership"),
    ("nudge_at_ms", "people ms", "a timer: a silent owner is asked", "lease"),
    ("nudged", "flag", "they have been asked", "lease"),
    ("kept", "number", 'how often they said "Still answering" since an answer', "lease"),
    ("return_at_ms", "people ms", "a timer: the lease ends", "lease"),
    ("close_at_ms", "people ms", "a timer: without a word until then it closes", "lease"),
    (
        "first_until_ms",
        "people ms",
        "a timer: until then only `last_owner` is rung",
        "rounds ownership",
    ),
    ("declined", "list of operator", "who of them does not want it", "operators_rung"),
    (
        "tried",
        "list of operator",
        "to whom the desk has offered it since it waits, and who gave it back",
        "assignment",
    ),
    ("pass_to", "operator", "who is asked to take it, and has not answered", "offers"),
    ("pass_to_name", "text", "their name", "offers"),
    ("pass_by", "operator", "who passes it on to them; empty: the desk offers it", "offers"),
    ("pass_by_name", "text", "their name", "offers"),
    ("pass_reason", "text", "why", "offers"),
    ("pass_within_ms", "number", "how long they have to answer", "offers"),
    ("pass_shown", "flag", "their phone has got the card with the question", "offers"),
    ("pass_gone", "flag", "they cannot answer any more", "offers"),
    ("pass_said", "message", "that says so to who passes it on; goes with the offer", "offers"),
    ("pass_first", "flag", "until `first_until_ms` they are asked before the others", "passing"),
    (
        "rung",
        "list of operator",
        "whom a wave has rung since it waits; `all`: the whole group",
        "operators_rung",
    ),
    ("handed_by", "text", "who passed it on, until it is closed", "ownership passing"),
    ("handed_by_id", "operator", "their id: it is no news to them", "ownership passing"),
    ("handed_reason", "text", "why", "ownership passing"),
    ("kept_group", "flag", "passed to `group`, where it stays until it is closed", "passing"),
    ("returned_from", "text", "the previous owner's name, while it waits again", "ownership"),
    ("returned_by", "operator", "the previous owner", "ownership"),
    ("was_with", "text", "the owner's name in the previous round", "rounds"),
    (
        "ring",
        "reason",
        "why it rings again, until that is offered; a priority: it was raised to that; `all`",
        "ownership passing priorities waves",
    ),
    ("ring_except", "operator", "who is not rung by it", "ownership passing priorities waves"),
    ("ring_delay_ms", "number", "how long after a release it rings", "ownership"),
    ("notes", "number", "how many notes about it were ever written; absent: none", "kept_notes"),
    ("muted_ms", "ms", "whoever writes here rings nobody, since then", "muting"),
    ("muted_by", "text", "the name of who has muted it", "muting"),
    ("muted_seq", "seq", "its newest message then", "muting"),
    ("event_seq", "number", "of its newest event", "events"),
    ("let_live_ms", "ms", "when the expiry of its cards' keys was last extended", "route"),
    ("forgotten", "text", "it is being forgotten; under which name phones go on", "forgetting"),
    ("amended_ms", "ms", "when the customer last changed or took back a message", "amending"),
    ("last_ms", "ms", "when its newest message was routed", "route"),
    ("name_words", "text", "its customer's newest name, as the index has it", "index_names"),
    ("name_week", "number", "the week whose index has it", "index_names"),
)
"""The hash `onduty:conversation:<id>`."""

OPERATOR = table(
    ("group", "text", "the group that they joined first", "operators"),
    ("more_groups", "JSON", "the others, each as [group, fingerprint]; absent: none", "operators"),
    ("update_id", "number", "the update that signed them in", "joining"),
    ("since_ms", "ms", "on duty since", "joining"),
    ("name", "text", "their name in Telegram", "joining known_as"),
    ("language", "text", "the language of texts for them", "joining known_as"),
    ("fingerprint", "text", "of its phrase, to recognise a changed one", "operators"),
    ("chat_id", "chat", "where to send, if the chat has another id", "move_chat"),
    ("paused_ms", "ms", "paused since; not available", "pauses"),
    ("missed", "number", "how many offers in a row they have let go by", "assignment pauses"),
    ("limit", "number", "how many conversations they want at most", "set_limit"),
)
"""The hash `onduty:operator:<id>`."""

TELEGRAM = table(
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

CLOCK = table(
    ("since_ms", "ms", "since when the service clock is stopped", "people_clock"),
    ("stopped_ms", "number", "how long it was stopped in all, in ms", "people_clock mend_clock"),
    ("went_on_ms", "ms", "when it last went on", "people_clock"),
)
"""The hash `onduty:clock`."""

FORGOTTEN = table(
    ("removal", "text", "under which name its messages are removed from phones", "forgotten"),
    ("messages", "number", "how many customer messages it had", "forgotten"),
    ("left", "JSON", "operators' own messages, each as [chat, message, name]", "forgotten"),
    ("done_ms", "ms", "when nothing of it was left in Redis", "forgotten"),
)
"""The hash `onduty:forgotten:<fingerprint>`."""

ADMIN_NEWS = table(
    ("id", "ms", "when a bot first took it: all that is told of it is told once", "waiting_news"),
    ("lease_ms", "ms", "a bot is telling it, until then", "waiting_news"),
)
"""The hash `onduty:admin-news:telling`, besides what is to be told."""

EVENT_TRY = table(
    ("lease", "text", "of the dispatcher that delivers it", "take_events"),
    ("since_ms", "ms", "its first try", "take_events"),
    ("failures", "number", "so far", "settle_event"),
)
"""The hash `onduty:events-trying:<conversation>`."""

REPLY = table(
    ("id", "text", "the backend's name of it; absent: it was never sent", "replies"),
    (
        "conversation",
        "text",
        "whose customer it answers; absent: to be chosen",
        "replies send_held",
    ),
    ("state", "reply", "see `words.ReplyState`", "replies delays"),
    ("author", "operator", "who has written it", "replies"),
    ("author_name", "text", "by which name the customer knows them", "replies"),
    ("text", "text", "as it reads now", "replies change"),
    ("html", "text", "the same with its marks", "replies change"),
    ("at_s", "number", "when it was written (s)", "replies"),
    ("thread", "number", "the topic that it is written in; absent: none", "replies"),
    ("about", "JSON", "the customer message that it answers, and what is quoted", "replies"),
    ("over", "operator", "held: from whom it would be taken over", "answer send_held"),
    ("choices", "list of text", "held: the conversations to choose from, as JSON", "offer"),
    (
        "is_last_word",
        "flag",
        "delayed: because of it the conversation is `answered`",
        "answer_rules",
    ),
    ("notice", "message", "delayed: the bot's message that says so", "keep_notice"),
    ("kind", "event", "the type of its newest event", "replies delays"),
    ("event", "text", "the id of that", "replies"),
    ("sent_event", "text", "the id of its newest `reply.sent`", "replies"),
    ("jobs", "text", "the ids of its newest events that are RQ jobs, with blanks", "replies"),
    ("unsent", "flag", "the backend has refused that", "replies"),
    ("reported", "flag", "the backend had it once, and reported that it failed", "replies"),
    ("reason", "text", "why it failed", "replies"),
    ("failure_said", "message", "failed: the bot's message that says so", "note_failure_said"),
    ("failure", "text", "its place in the failed list", "replies"),
    (
        "shown",
        "text",
        "the reaction that Telegram has; ?: unknown",
        "take_reactions settle_reaction",
    ),
    ("late", "flag", "Telegram may still take one that it was asked for before", "settle_reaction"),
    ("reacting", "text", "the lease of who sets the reaction", "take_reactions"),
    ("tries", "number", "how often in a row that came to nothing", "settle_reaction"),
)
"""The hash `onduty:reply:<chat>:<message>`."""

NOTING = table(
    ("conversation", "text", "whom the note is about", "armed_notes"),
    ("chat", "chat", "where it is written", "armed_notes"),
    ("asked", "message", "what asked for it, with a button to cancel", "note_asked"),
    (
        "earlier",
        "text",
        "what asked before, in order, while no text has come below it",
        "armed_notes",
    ),
    ("over", "ms", "since when the conversation is not theirs any more", "armed_notes"),
    (
        "upto_s",
        "number",
        "until when (s) a text below the question is one more note",
        "armed_notes",
    ),
)
"""The hash `onduty:noting:<operator>`."""

UPDATE_TROUBLE = table(
    ("failed", "number", "how often handling it raised", "finish_update"),
    ("slow", "number", "how often it took too long", "finish_update"),
    ("away", "number", "how often Telegram or Redis was away", "finish_update"),
)
"""The hash `onduty:update-trouble:<update>`."""

DESK_TROUBLE = table(
    ("id", "ms", "when it was noticed", "look_for_trouble"),
    ("is_told", "flag", "the admins know", "look_for_trouble"),
    ("leased_until_ms", "ms", "a bot is telling them", "look_for_trouble"),
)

HASHES = (
    CONVERSATION,
    CHAT,
    NUDGE,
    BOARD,
    TOPICS_PHONE,
    OPERATOR,
    TELEGRAM,
    CLOCK,
    FORGOTTEN,
    ADMIN_NEWS,
    EVENT_TRY,
    REPLY,
    NOTING,
    UPDATE_TROUBLE,
    DESK_TROUBLE,
)
"""All hashes except those whose fields are ids."""
