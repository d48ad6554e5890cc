"""The fields of a phone: its copies of conversations, its attempt, its nudge, its board."""

from onduty_desk.model.tables import table

COPY = table(
    ("card", "message", "the one with the buttons", "copies settled_edit"),
    (
        "version",
        "number",
        "the conversation's version that it shows; -1: edit it in any case",
        (
            "copies ownership route waiting_messages settled_send settled_note settled_edit outbox "
            "tap retry_step sign_out joining amending using"
        ),
    ),
    (
        "language",
        "text",
        "of the operator, for when they are off duty",
        "settled_send settled_note",
    ),
    (
        "rung_ms",
        "ms",
        "its last ring, or the tap that took it",
        "settled_send settled_note ownership",
    ),
    ("rung_seq", "seq", "the newest message for which it rang", "settled_send"),
    (
        "own_to",
        "seq",
        "the newest that an owner's card shows",
        "cards ownership settled_send settled_edit using",
    ),
    ("drawn_seq", "seq", "the newest message that it was edited with", "settled_edit"),
    ("quiet_seq", "seq", "the first message that came without a ring", "outbox cards"),
    (
        "silent",
        "flag",
        "the next send must not ring",
        "cards copies outbox summary show_card pauses",
    ),
    (
        "topic",
        "number",
        "the thread into which comes what its owner is sent, if they own it",
        "using",
    ),
    ("anew", "flag", "the next send takes the place of the card", "cards copies outbox"),
    (
        "parts",
        "list of message",
        "of the card, above the one with the buttons",
        "copies settled_edit",
    ),
    ("bubbles", "list of message", "follow-ups and notes to its owner", "copies settled_edit"),
    ("told", "message", "a note about the state", "copies"),
    ("told_in", "state", "that state", "copies"),
    (
        "since_ms",
        "ms",
        "none of its messages is older",
        "copies settled_send settled_edit removing edits",
    ),
    (
        "note",
        "note",
        "a note to be sent as a reply to the card",
        "notes ownership outbox next_send aside settled_send settled_note settled_edit",
    ),
    ("maybe_note", "note", "this note may have been sent", "notes settled_send settled_note"),
    ("passed_by", "text", "of older versions: who passed it", "ownership"),
    ("note_by", "text", "the colleague whom a note is about", "passing"),
    (
        "view",
        "look",
        "opened, or asked to confirm",
        "tap ownership copies show_card next_edit topic_steps settled_edit sign_out",
    ),
    ("view_until_ms", "people ms", "the first edit after it ends the look", "tap ownership copies"),
    ("menu_until_ms", "people ms", "the card's menu is open", "tap ownership copies sign_out"),
    ("page", "number", "the page that is opened", "tap"),
    ("part", "number", "the part of that page; 0: its last", "tap"),
    (
        "over",
        "operator",
        "the owner at the last look, whom a confirming tap replaces",
        "tap ownership copies",
    ),
    ("strip", "list of message", "step remove_keyboard", "copies settled_edit"),
    ("remove", "list of message", "step delete", "copies settled_edit"),
    ("shorten", "list of message", "step shorten", "copies settled_edit"),
    (
        "rewrite",
        "list of bubble, message and version",
        "step rewrite: a follow-up that shows what has changed since",
        "copies",
    ),
    ("moved", "message", "of older versions: the older card", "copies"),
    ("nudge", "message", "of older versions: the nudge", "sign_out"),
    ("call", "message", "of older versions: the note with a button to claim", "copies"),
    ("call_stays", "flag", "of older versions", "copies"),
    ("maybe_seq", "seq", "messages up to it may have been sent", "attempts settled_send"),
    ("failures", "number", "failed sends since `failing_since_ms`", "copies"),
    ("failing_since_ms", "ms", "the first of these failures", "copies"),
    ("hold_ms", "ms", "not due before: others go first", "copies"),
    ("broke", "flag", "send one message at a time, to find the odd one", "broke copies"),
    ("edit_failures", "number", "failed edits in a row", "settled_edit"),
    (
        "buttons",
        "list of verb",
        "the buttons of the card",
        "settled_send settled_note settled_edit",
    ),
    (
        "was_buttons",
        "list of verb",
        "its previous buttons",
        "settled_send settled_note settled_edit",
    ),
    ("buttons_ms", "ms", "when the buttons last changed", "settled_send settled_note settled_edit"),
)
"""JSON in the hash `onduty:copies:<conversation>`, by chat."""

ATTEMPT = table(
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

CHAT = table(
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
    ("nudge_class", "class", "its nudge is to be sent or edited, in this class", "nudges"),
    ("board_at_ms", "ms", "its board is to be touched, not before", "boards settle_board"),
    ("topics_class", "class", "its topics are looked at, in this class", "topics next_topic"),
    ("topics_at_ms", "ms", "not before", "topics next_topic"),
)
"""The hash `onduty:chat:<chat>`: a phone with something to do."""

NUDGE = table(
    ("message", "message", "the nudge", "settle_nudge nudges"),
    (
        "rows",
        "list of text",
        "conversations by number, as JSON",
        "settle_nudge nudges",
    ),
    ("shown", "text", "the numbers that it shows, and how many more", "settle_nudge nudges"),
    ("was_shown", "text", "the same before its last edit", "settle_nudge nudges"),
    ("shown_ms", "ms", "its last edit", "settle_nudge nudges"),
    ("rung_ms", "people ms", "what was silent then has rung", "settle_nudge"),
    ("ring_at_ms", "people ms", "no ring before", "settle_nudge nudges"),
    ("maybe", "flag", "it may have been sent", "settle_nudge"),
    ("failures", "number", "failed steps since `failing_since_ms`", "settle_nudge"),
    ("failing_since_ms", "ms", "the first of these failures", "settle_nudge"),
    ("hold_ms", "ms", "not due before", "settle_nudge"),
)
"""The hash `onduty:nudge:<chat>`."""

BOARD = table(
    ("wanted", "flag", "its operator is on duty, and has not deleted it", "show_board boards"),
    ("group", "text", "whose line it shows", "boards"),
    ("more_groups", "list of text", "whose lines it shows besides, as JSON", "boards"),
    ("message", "message", "the board", "settle_board boards"),
    ("pinned", "flag", "it is pinned", "settle_board boards"),
    ("is_new", "flag", "asked for by /on: if it is gone, another is sent", "show_board"),
    ("is_stale", "flag", "it may be out of date", "boards show_board next_board settle_board"),
    ("shown", "text", "what it shows, to be compared", "settle_board boards"),
    ("language", "text", "in which language", "settle_board"),
    ("touched_ms", "ms", "when it was last sent or edited", "settle_board"),
    ("attempt", "text", "the lease under which it is sent; not settled", "next_board"),
    ("unknowns", "number", "sends of unknown outcome since /on", "next_board settle_board"),
    ("failures", "number", "failed steps in a row", "settle_board"),
    ("remove", "list of message", "boards to be deleted, as JSON", "boards settle_board"),
    ("retire", "list of message", "boards too old for that, as JSON", "boards settle_board"),
)
"""The hash `onduty:board:<chat>`."""

TOPIC = table(
    ("due_ms", "ms", "it is compared with its conversation then", "topics using next_topic"),
    ("thread", "number", "its id; absent: to be made", "topics settle_topic using"),
    (
        "making",
        "text",
        "the lease under which it is made; not settled",
        "topic_steps topics settle_topic",
    ),
    (
        "unknowns",
        "number",
        "tries to make it of unknown outcome",
        "topics topic_steps settle_topic",
    ),
    (
        "stray",
        "flag",
        "one was perhaps made whose thread nobody knows",
        "topics topic_steps settle_topic",
    ),
    (
        "context",
        "message",
        "what it is about, with the buttons",
        "topics using settle_topic next_topic",
    ),
    (
        "older",
        "message",
        "the one before, of an earlier claim",
        "topics using settle_topic next_topic",
    ),
    ("pinned", "flag", "the context message is pinned", "topics using settle_topic"),
    (
        "follow_ups",
        "list of message",
        "what the customer wrote into it since, as far as it is changed with them",
        "topics using",
    ),
    (
        "version",
        "number",
        "the conversation's version that it shows",
        "topics settle_topic next_topic",
    ),
    ("drawing", "text", "the lease under which it is drawn anew", "topics topic_steps"),
    ("upto", "seq", "the newest message that it shows to its owner", "settle_topic using"),
    (
        "named",
        "text",
        "as what it is called: `words.TopicName` and a name",
        "topics using settle_topic",
    ),
    ("check", "flag", "it may not be there any more", "using check settle_topic"),
    ("lost", "number", "how often it was lost since the claim", "topics using check"),
    ("flat", "flag", "it is not made again until the next claim", "topics using topic_steps check"),
    ("ended_ms", "ms", "since when its operator does not own it", "topics next_topic"),
    ("remove", "flag", "it is one too many: to be deleted", "next_topic"),
    ("failures", "number", "failed steps in a row", "topics settle_topic"),
    ("hold_ms", "ms", "not due before", "topics settle_topic"),
)
"""JSON in the hash `onduty:topics:<chat>`, by conversation."""

TOPICS_PHONE = table(
    ("off", "flag", "its operator wants none", "switch"),
    ("asked_ms", "ms", "when one was last wanted for a claim", "topics"),
    ("made_ms", "ms", "when one was last made", "topic_steps"),
    ("failures", "number", "pauses in a row", "using topics switch"),
    ("flat_until_ms", "ms", "nothing comes into topics, and is not tried before", "using topics"),
    ("refused_until_ms", "ms", "the bot has none, and is not asked before", "using settle_topic"),
    ("told", "flag", "its operator knows that", "using settle_topic switch"),
    ("tell", "flag", "they are to be told", "using settle_topic"),
)
"""The hash `onduty:topics-phone:<chat>`."""
