"""The Redis keys of operators' notes about customers, and of customers who are muted."""

from onduty_desk.model.keys import ChatId, ConversationId, OperatorId
from onduty_desk.model.schema import family, one


@family("hash", "conversation", ends="with the conversation")
def notes_key(conversation_id: ConversationId) -> str:
    """`chat:message` of the operator's own message → the note as JSON, see `noting.notes`."""
    return f"onduty:notes:{conversation_id}"


@family("string", "chat", ends="with the conversation")
def note_place_key(chat_id: ChatId, message_id: int) -> str:
    """The conversation that an operator's message is a note about."""
    return f"onduty:note-place:{chat_id}:{message_id}"


@family("hash", "operator", ends="the note, Cancel; with the conversation")
def noting_key(operator_id: OperatorId) -> str:
    """This operator's next text is a note, see `fields.NOTING`."""
    return f"onduty:noting:{operator_id}"


NOTES_OVER = one("onduty:notes-over", "zset", name="notes_over", ends="telling them")
"""Operators who were about to write a note about a customer who is not theirs any more, by since
when (ms): they are to be told."""

MUTED = one("onduty:muted", "zset", name="muted", ends="undoing it; the retention time")
"""Conversations whose customers ring nobody, by since when (ms)."""
