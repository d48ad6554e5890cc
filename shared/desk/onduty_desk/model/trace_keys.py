"""The Redis keys by which what was written is read again, and found again to be forgotten."""

from onduty import wire
from onduty_desk.model.keys import ChatId, ConversationId
from onduty_desk.model.schema import family, one

TYPING = one(wire.TYPING, "channel", name="typing", ends="-")
"""Backends publish conversations whose customers are writing, see `onduty.wire`."""


@family("list", "conversation", ends="with the conversation")
def public_history_key(conversation_id: ConversationId) -> str:
    """What both sides have written, one JSON a message, for the backend, see `onduty.history`."""
    return wire.history_key(conversation_id)


@family("hash", "desk", ends="after a day")
def forgotten_key(fingerprint: str) -> str:
    """What was forgotten of late, by the SHA-1 of the conversation's id, see `fields.FORGOTTEN`."""
    return f"onduty:forgotten:{fingerprint}"


@family("zset", "conversation", ends="with the conversation")
def listed_key(conversation_id: ConversationId) -> str:
    """The bot's messages that list it, as `chat:message`, by when (ms); only the newest 300."""
    return f"onduty:listed:{conversation_id}"


@family("set", "conversation", ends="with the last of them")
def dropped_key(conversation_id: ConversationId) -> str:
    """Messages that were taken back before they were routed: they are in no conversation."""
    return f"onduty:dropped:{conversation_id}"


@family("set", "conversation", ends="with the conversation")
def replies_of_key(conversation_id: ConversationId) -> str:
    """The answers of a conversation, as `chat:message`."""
    return f"onduty:replies-of:{conversation_id}"


@family("string", "chat", ends="with the conversation")
def last_reply_key(chat_id: ChatId, thread: int) -> str:
    """The newest answer that was written in a topic, by its message."""
    return f"onduty:last-reply:{chat_id}:{thread}"
