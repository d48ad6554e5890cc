"""The Redis keys of the desk and of its conversations.

The bot's are in `bot_keys`, those of phones in `phone_keys`, of operators in `roster_keys`, of
events in `event_keys`, of pacing in `pace_keys`. The keys of acceptance are part of the
wire contract (`onduty.wire`). Scripts use the same names: `require 'model/keys'`.
"""

from typing import NewType

from onduty import wire
from onduty_desk.model.schema import family, one

OperatorId = NewType("OperatorId", int)
ChatId = NewType("ChatId", int)
ConversationId = NewType("ConversationId", str)

# The desk itself.

BOT = one("onduty:bot", "string", name="bot", ends="never")
"""The id of the bot whose desk this is. Written by the first start, changed by `adopt`."""

CAN_WRITE = one("onduty:can-write", "string", name="can_write", ends="expires")
"""No data; written to check whether Redis accepts writes."""

WAITED = one(wire.WAITED, "string", name="waited", ends="expires")
"""No data; written to check how many replicas are up to date, see `onduty.wire`."""

CLOCK_READ = one("onduty:clock-read", "string", name="clock_read", ends="a day after the last look")
"""The time (ms) that a dispatcher last read, to notice a clock set back."""

TEST_CLOCK_OFFSET = one("onduty:test:clock-offset-ms", "string", name="test_clock_offset", ends="-")
"""Milliseconds that scripts add to Redis's clock; only tests set it."""

TEST_DECISIONS = one("onduty:test:decisions", "stream", name="test_decisions", ends="-")
"""Who was offered, rung for, given or relieved of which conversation, the newest 100,000; written
only while it is there, and only tests make it."""

PROCESSES = one("onduty:processes", "zset", name="processes", ends="expires")
"""`service host process id`, by when it last showed a sign of life (ms)."""

PROCESS_IDS = one("onduty:process-ids", "zset", name="process_ids", ends="expires")
"""Ids of processes, by when each last gave a sign of life (ms). One that ends removes its own."""


@family("string", "process", ends="expires; with the process")
def process_key(process_id: str) -> str:
    """What a process says of itself as JSON, see `process.judging`."""
    return f"onduty:process:{process_id}"


WAKE = one("onduty:wake", "channel", name="wake", ends="-")
"""Published when the bot has changed something: dispatchers look at once."""


@family("string", "process", ends="expires")
def alive_key(service: str, host: str) -> str:
    """A process of this service is alive on this host."""
    return f"onduty:alive:{service}:{host}"


@family("string", "process", ends="expires")
def unwell_key(service: str, host: str) -> str:
    """Why a process of this service on this host cannot work."""
    return f"onduty:unwell:{service}:{host}"


def aside_key(key: str) -> str:
    """A value of a wrong type that another program wrote into this key. Expires after a week."""
    return f"onduty:aside:{key}"


# Conversations, their messages and deliveries. They expire together, `ONDUTY_RETENTION_DAYS` after
# the newest message.

ACCEPTED = one(wire.ACCEPTED, "zset", name="accepted", ends="routing")
"""Conversations with something to route, most urgent and oldest first."""


@family("list", "conversation", ends="routing")
def inbox_key(conversation_id: ConversationId) -> str:
    """What was accepted for a conversation and not yet routed, see `onduty.wire`."""
    return wire.inbox_key(conversation_id)


@family("string", "message", ends="with its conversation")
def message_key(message_id: str) -> str:
    """The message as JSON, see `onduty.wire`."""
    return wire.message_key(message_id)


@family("hash", "conversation", ends="the retention time after its newest message")
def conversation_key(conversation_id: ConversationId) -> str:
    """A conversation, see `fields.CONVERSATION`."""
    return f"onduty:conversation:{conversation_id}"


@family("zset", "conversation", ends="with the conversation")
def messages_key(conversation_id: ConversationId) -> str:
    """Message ids by their place in the conversation."""
    return f"onduty:messages:{conversation_id}"


@family("hash", "conversation", ends="with the conversation")
def cursor_key(conversation_id: ConversationId) -> str:
    """Chat → the place up to which that phone has nothing more to come."""
    return f"onduty:cursor:{conversation_id}"


@family("hash", "conversation", ends="with the conversation")
def copies_key(conversation_id: ConversationId) -> str:
    """Chat → JSON: what that phone shows of the conversation, see `phone_fields.COPY`."""
    return f"onduty:copies:{conversation_id}"


@family("hash", "message", ends="with the conversation")
def deliveries_key(message_id: str) -> str:
    """Chat → the delivery's state, see `words.Delivery`."""
    return f"onduty:deliveries:{message_id}"


@family("string", "chat", ends="with the conversation")
def card_key(chat_id: ChatId, message_id: int) -> str:
    """The conversation that a Telegram message shows."""
    return f"onduty:card:{chat_id}:{message_id}"


@family("zset", "desk", ends="claiming, closing")
def waiting_key(group: str) -> str:
    """Conversations that nobody owns, most urgent and oldest first."""
    return f"onduty:waiting:{group}"


@family("zset", "operator", ends="releasing, closing, passing on; a lease's end")
def claims_key(operator_id: OperatorId) -> str:
    """Conversations an operator owns, by when they claimed them (ms)."""
    return f"onduty:claims:{operator_id}"


@family("zset", "operator", ends="an answer, the end of the time, going off")
def offers_key(operator_id: OperatorId) -> str:
    """Conversations that an operator is asked to take, by since when (ms)."""
    return f"onduty:offers:{operator_id}"


OFFERS_DUE = one("onduty:offers-due", "zset", name="offers_due", ends="an answer")
"""Conversations that a colleague is asked to take, by when they are looked at, on the service clock
(ms)."""


IDLE_SINCE = one("onduty:idle-since", "zset", name="idle_since", ends="going off")
"""Operators on duty, by when they last ceased to own a conversation (ms)."""


@family("zset", "operator", ends="a claim, a close; ten minutes after the last")
def rings_key(operator_id: OperatorId) -> str:
    """Conversations that a wave has rung an operator for and nobody has taken, by when (ms)."""
    return f"onduty:rings:{operator_id}"


RINGS_DUE = one("onduty:rings-due", "zset", name="rings_due", ends="a claim, a close")
"""Waiting conversations that ring or ask some of their group, by when they are looked at for more,
on the service clock (ms)."""


@family("string", "chat", ends="after a day; a nudge's after 30 days")
def list_key(chat_id: ChatId, message_id: int) -> str:
    """The conversations of the rows of a list or a nudge, as JSON."""
    return f"onduty:list:{chat_id}:{message_id}"


ESCALATIONS_DUE = one(
    "onduty:escalations-due", "zset", name="escalations_due", ends="a claim, an answer, a close"
)
"""Conversations whose customers wait, by when the next step of their group's escalation is due, on
the service clock (ms); 0: that is to be found."""

UNATTENDED = one("onduty:unattended", "hash", name="unattended", ends="somebody's being available")
"""Group → JSON: since when (ms) customers wait there and nobody is available, and the place in its
line up to which each event was looked after."""

ADMIN_NEWS = one(
    "onduty:admin-news", "hash", name="admin_news", ends="telling the admins; after a day"
)
"""What the admins will be told of customers who wait, by what it is about, as JSON."""

ADMIN_NEWS_TELLING = one(
    "onduty:admin-news:telling",
    "hash",
    name="admin_news_telling",
    ends="telling the admins; after a day",
)
"""What they are being told, its `id`, and until when a bot is at it (`lease_ms`)."""


ADMIN_NEWS_LAST = one("onduty:admin-news:last", "string", name="admin_news_last", ends="expires")
"""No data; the admins were told a moment ago, and what is new is told them together."""


@family("list", "desk", ends="an hour after the last claim")
def claim_times_key(group: str) -> str:
    """The last claims in a group, newest first: when, and how long the customer waited (ms)."""
    return f"onduty:claim-times:{group}"


@family("string", "desk", ends="expires")
def public_availability_key(group: str) -> str:
    """Who is there for a group, as JSON for the backend, see `onduty.availability`."""
    return wire.availability_key(group)


DUE = one("onduty:due", "zset", name="due", ends="its timers")
"""Conversations with timers, by the earliest, on the service clock (ms)."""


# The index of customers' names, see `conversations/names.py`.

TO_INDEX = one("onduty:to-index", "zset", name="to_index", ends="indexing")
"""Conversations whose newest name may not be in the index, by when they are looked at (ms)."""


@family("zset", "desk", ends="with the last of its conversations")
def name_index_key(group_and_week: str) -> str:
    """A customer's name, from each of its words on, a line's end and the conversation.

    A conversation is in the index of the week in which its customer last wrote.
    """
    return f"onduty:name-index:{group_and_week}"


@family("zset", "desk", ends="with the last of its conversations")
def index_weeks_key(group: str) -> str:
    """The weeks of which there is an index, by when that expires (ms)."""
    return f"onduty:index-weeks:{group}"


@family("zset", "desk", ends="with the last of its conversations")
def recent_key(group: str) -> str:
    """The 2,000 conversations whose customers wrote last, by when (ms)."""
    return f"onduty:recent:{group}"


# Whether Telegram can be reached.

TELEGRAM = one("onduty:telegram", "hash", name="telegram", ends="never")
"""Since when the desk pauses and why, see `fields.TELEGRAM`."""

TELEGRAM_FAILING = one("onduty:telegram:failing", "zset", name="telegram_failing", ends="a success")
"""Chats to which a send failed since the last success, by when (ms)."""

TELEGRAM_ASKING = one("onduty:telegram:asking", "string", name="telegram_asking", ends="expires")
"""A process is checking whether Telegram answers."""

CLOCK = one("onduty:clock", "hash", name="clock", ends="never")
"""The service clock, see `fields.CLOCK`."""

BEHIND = one("onduty:behind", "zset", name="behind", ends="after a day")
"""Phones that will get a summary of what waits after an outage."""

# Operators' answers, each by the operator's own message. They expire with the conversation.


@family("hash", "chat", ends="with the conversation; after a day, if it is not sent")
def reply_key(chat_id: ChatId, message_id: int) -> str:
    """The answer that an operator has written as this message, see `fields.REPLY`."""
    return f"onduty:reply:{chat_id}:{message_id}"


@family("string", "chat", ends="with the conversation")
def reply_place_key(reply_id: str) -> str:
    """`chat:message` of the answer of this id."""
    return f"onduty:reply-place:{reply_id}"


REACTIONS = one("onduty:reactions", "zset", name="reactions", ends="showing it; 30 days")
"""Answers, as `chat:message`, whose reaction is to be set, by when (ms)."""

REPLIES_FAILED = one(
    "onduty:replies-failed", "zset", name="replies_failed", ends="telling their author"
)
"""Answers that failed, as `chat:message`, whose author is to be told, by when they failed (ms)."""

REPLIES_QUEUED = one(
    "onduty:replies-queued", "zset", name="replies_queued", ends="the end of the RQ job"
)
"""`event reply` whose RQ job the backend has not finished, by when it was enqueued (ms)."""

REPORTS = one(wire.REPORTS, "list", name="reports", ends="applying; the retention time")
"""What the backend says of answers, in order, see `onduty.wire`."""


# The failed list. An entry stays until somebody acts, or for `ONDUTY_RETENTION_DAYS`.

FAILED = one("onduty:failed", "zset", name="failed", ends="someone who acts, the retention time")
"""Ids of what was given up, by when (ms)."""

FAILURES = one("onduty:failures", "hash", name="failures", ends="with its place in `FAILED`")
"""Id → JSON: what was given up and why."""
