"""The Redis keys of answers that are sent a while after they were written: ONDUTY_SEND_AFTER."""

from onduty_desk.model.keys import ConversationId
from onduty_desk.model.schema import family, one

REPLIES_DELAYED = one(
    "onduty:replies-delayed", "zset", name="replies_delayed", ends="sending it, taking it back"
)
"""Delayed answers, as `chat:message`, by when they are sent (ms)."""


@family("zset", "conversation", ends="with the last of them")
def delayed_of_key(conversation_id: ConversationId) -> str:
    """The delayed answers of a conversation, as `chat:message`, in the order of sending."""
    return f"onduty:delayed-of:{conversation_id}"
