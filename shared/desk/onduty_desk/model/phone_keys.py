"""The Redis keys of phones: what waits there, nudges, boards."""

from typing import Literal

from onduty import Priority
from onduty_desk.model.keys import ChatId
from onduty_desk.model.schema import family, one

# Nudges: one message on a phone asks about all of whom its operator lets wait.


@family("zset", "chat", ends="an answer, the lease's end; with the conversations")
def silent_key(chat_id: ChatId) -> str:
    """Conversations that an operator is asked about, by since when (ms of the service clock)."""
    return f"onduty:silent:{chat_id}"


@family("hash", "chat", ends="30 days after the last one")
def nudge_key(chat_id: ChatId) -> str:
    """The nudge on a phone, see `phone_fields.NUDGE`."""
    return f"onduty:nudge:{chat_id}"


NUDGES = one("onduty:nudges", "zset", name="nudges", ends="the last answer")
"""Phones with a nudge, by when they are looked at (ms of the service clock)."""

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
    """A phone with something to do, see `phone_fields.CHAT`."""
    return f"onduty:chat:{chat_id}"


@family("zset", "desk", ends="having nothing to come")
def timetable_key(what: Priority | Literal["edits", "boards"]) -> str:
    """Phones by when they are due (ms).

    A phone is in one timetable only: that of its most urgent conversation, or, if there are only
    edits to do, that of edits; if there is only its board to be touched, that of boards.
    """
    return f"onduty:timetable:{what}"


@family("string", "chat", ends="after a day")
def trouble_key(about: str) -> str:
    """How often a step at a phone, or a timer of a conversation, failed with an error."""
    return f"onduty:trouble:{about}"


# Boards: one pinned message on each phone on duty.


@family("hash", "chat", ends="going off duty; 30 days after it cannot be taken away")
def board_key(chat_id: ChatId) -> str:
    """A phone's board, see `phone_fields.BOARD`."""
    return f"onduty:board:{chat_id}"


@family("zset", "desk", ends="the last operator's going off")
def boards_key(group: str) -> str:
    """Phones with a board, by the version of the group's line that it was compared with.

    The empty member stands at the version of the line now.
    """
    return f"onduty:boards:{group}"


BOARDS_CHANGED = one("onduty:boards-changed", "set", name="boards_changed", ends="comparing")
"""Groups of whose boards some may be out of date."""

BOARDS_COMPARED = one("onduty:boards-compared", "string", name="boards_compared", ends="expires")
"""No data; all boards were compared within the last hour, whatever had changed."""

# Topics: threads of their own in an operator's private chat, see `phone_fields.TOPIC`.

TOPICS_ENABLED = one("onduty:topics-enabled", "string", name="topics_enabled", ends="after a day")
"""Whether the bot has topics: 1 or 0, as `getMe` says. Written by each process that asks."""


@family("hash", "chat", ends="90 days after the last one")
def topics_key(chat_id: ChatId) -> str:
    """Conversation → JSON: its topic on a phone, see `phone_fields.TOPIC`."""
    return f"onduty:topics:{chat_id}"


@family("hash", "chat", ends="never: it is what an operator has chosen, and a few times")
def topics_phone_key(chat_id: ChatId) -> str:
    """Whether a phone has topics, and how they fare there, see `phone_fields.TOPICS_PHONE`."""
    return f"onduty:topics-phone:{chat_id}"


@family("string", "chat", ends="after 90 days")
def topic_key(chat_id: ChatId, thread: int) -> str:
    """The conversation that is answered in a thread of a phone."""
    return f"onduty:topic:{chat_id}:{thread}"
