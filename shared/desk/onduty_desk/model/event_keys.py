"""The Redis keys of events to the chat backend.

They expire `ONDUTY_RETENTION_DAYS` after a conversation's last event.
"""

from onduty_desk.model.keys import ConversationId
from onduty_desk.model.schema import family, one

EVENTS_WANTED = one("onduty:events-wanted", "string", name="events_wanted", ends="after a day")
"""For how long events are kept, in seconds. Written by the dispatchers that deliver events, at each
look; when it has expired no events are kept."""

EVENTS_DUE = one("onduty:events", "zset", name="events_due", ends="delivering")
"""Conversations with undelivered events, by when they are due (ms)."""


EVENTS_SINCE = one("onduty:events-since", "zset", name="events_since", ends="delivering")
"""The same conversations by when their oldest undelivered event happened (ms)."""


@family("list", "conversation", ends="delivering")
def events_key(conversation_id: ConversationId) -> str:
    """A conversation's undelivered events as JSON, in order."""
    return f"onduty:events:{conversation_id}"


@family("hash", "conversation", ends="delivering")
def events_trying_key(conversation_id: ConversationId) -> str:
    """The event being delivered: lease, since_ms (its first try), failures."""
    return f"onduty:events-trying:{conversation_id}"
