"""The Redis keys of the desk, its phones and conversations.

The bot's are in `bot_keys`, those of pacing in `pace_keys`. The keys of acceptance are part of the
wire contract (`onduty.wire`). Scripts use the same names: `require 'model/keys'`.
"""

from typing import Literal, NewType

from onduty import Priority, wire
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

PROCESSES = one("onduty:processes", "zset", name="processes", ends="expires")
"""`service host process id`, by when it last showed a sign of life (ms)."""

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


# The roster.

ON_DUTY = one("onduty:duty", "zset", name="on_duty", ends="going off")
"""Every operator on duty, by when they came on (ms)."""


@family("zset", "desk", ends="going off")
def duty_key(group: str) -> str:
    """Operators on duty in a group, by when they came on (ms)."""
    return f"onduty:duty:{group}"


@family("hash", "operator", ends="going off")
def operator_key(operator_id: OperatorId) -> str:
    """An operator on duty, see `fields.OPERATOR`."""
    return f"onduty:operator:{operator_id}"


@family("string", "operator", ends="30 days after the last sign-in or sign-out")
def known_key(operator_id: OperatorId) -> str:
    """Was an operator in the last 30 days, so is no stranger."""
    return f"onduty:known:{operator_id}"


SIGNED_OUT = one("onduty:signed-out", "hash", name="signed_out", ends="notifying them")
"""Operator → language: signed out by a changed phrase and not yet notified."""


@family("string", "operator", ends="expires")
def telling_key(operator_id: OperatorId) -> str:
    """A process is notifying this operator that the phrase has changed."""
    return f"onduty:telling:{operator_id}"


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
    """Chat → JSON: what that phone shows of the conversation, see `fields.COPY`."""
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


@family("string", "chat", ends="after a day")
def list_key(chat_id: ChatId, message_id: int) -> str:
    """The conversations of a list's rows, as JSON."""
    return f"onduty:list:{chat_id}:{message_id}"


DUE = one("onduty:due", "zset", name="due", ends="its timers")
"""Conversations with timers, by the earliest, on the service clock (ms)."""


# Phones. Emptied by sending, or by going off duty.


@family("zset", "chat", ends="sending")
def outbox_key(chat_id: ChatId) -> str:
    """Conversations with something new for a phone, most urgent first."""
    return f"onduty:outbox:{chat_id}"


@family("zset", "chat", ends="editing")
def redraws_key(chat_id: ChatId) -> str:
    """Conversations whose card on a phone must be edited, by since when.

    Edits that the phone's own tap caused come first.
    """
    return f"onduty:redraws:{chat_id}"


@family("zset", "chat", ends="with the conversations")
def shown_key(chat_id: ChatId) -> str:
    """Conversations of which a phone has a copy, by since when (ms)."""
    return f"onduty:shown:{chat_id}"


@family("hash", "chat", ends="having nothing to come")
def chat_key(chat_id: ChatId) -> str:
    """A phone with something to do, see `fields.CHAT`."""
    return f"onduty:chat:{chat_id}"


@family("zset", "desk", ends="having nothing to come")
def timetable_key(what: Priority | Literal["edits"]) -> str:
    """Phones by when they are due (ms).

    A phone is in one timetable only: that of its most urgent conversation, or, if there are only
    edits to do, that of edits.
    """
    return f"onduty:timetable:{what}"


@family("string", "chat", ends="after a day")
def trouble_key(about: str) -> str:
    """How often a step at a phone, or a timer of a conversation, failed with an error."""
    return f"onduty:trouble:{about}"


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


# Events to the chat backend. They expire `ONDUTY_RETENTION_DAYS` after a conversation's last event.

EVENTS_WANTED = one("onduty:events-wanted", "string", name="events_wanted", ends="after a day")
"""For how long events are kept, in seconds. Written by the dispatchers that deliver events, at each
look; when it has expired no events are kept."""

EVENTS_DUE = one("onduty:events", "zset", name="events_due", ends="delivering")
"""Conversations with undelivered events, by when they are due (ms)."""


@family("list", "conversation", ends="delivering")
def events_key(conversation_id: ConversationId) -> str:
    """A conversation's undelivered events as JSON, in order."""
    return f"onduty:events:{conversation_id}"


@family("hash", "conversation", ends="delivering")
def events_trying_key(conversation_id: ConversationId) -> str:
    """The event being delivered: lease, since_ms (its first try), failures."""
    return f"onduty:events-trying:{conversation_id}"


# The failed list. An entry stays until somebody acts, or for `ONDUTY_RETENTION_DAYS`.

FAILED = one("onduty:failed", "zset", name="failed", ends="someone who acts, the retention time")
"""Ids of what was given up, by when (ms)."""

FAILURES = one("onduty:failures", "hash", name="failures", ends="with its place in `FAILED`")
"""Id → JSON: what was given up and why."""
