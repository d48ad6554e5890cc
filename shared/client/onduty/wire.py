"""The names that client and dispatchers agree on: queues, functions and keys of acceptance.

Part of the wire contract: a name here is never changed, only added to.
"""

from datetime import timedelta

from onduty.message import Priority

QUEUES = {priority: f"onduty-{priority}" for priority in Priority}
"""Priority → the RQ queue that wakes the dispatchers for it."""

RQ_QUEUES = "rq:queues"
"""RQ's set of its queues' keys. A list `rq:queue:<name>` holds the ids of jobs, a hash
`rq:job:<id>` each of them."""
RQ_QUEUE = "rq:queue:"
RQ_JOB = "rq:job:"

ROUTE = "onduty_dispatcher.jobs.route"
"""The wake-up: takes no argument, routes whatever has been accepted."""

WAKE_UP_ID = "onduty-route-"
"""How the job ids of wake-ups begin: whoever routes takes those that wait for it out of RQ."""

NOTIFY_OPERATORS = "onduty_dispatcher.jobs.notify_operators"
"""Accepts a message pushed by RQ alone: one argument, the message as a JSON object."""

EVENTS_QUEUE = "onduty-events"
"""The RQ queue of events, for backends that take them as jobs: one argument, a JSON object."""

EVENT_JOB_ID = "onduty-event-"
"""How the job ids of events begin; the event's own id follows."""

ACCEPTED = "onduty:accepted"
"""Sorted set of conversations with something to route, most urgent and oldest first."""

WAITED = "onduty:waited"
"""String that is written to learn whether Redis takes anything, and how far replicas have come.

Expires after a second.
"""

REPORTS = "onduty:reports"
"""List of what backends say of operators' answers, in order, as JSON arrays.

`[reply id, "delivered" | "read" | "failed", reason]`.
"""

TYPING = "onduty:typing"
"""Channel on which backends publish the id of a conversation whose customer is writing."""

AVAILABILITY_KEPT_S = 60
"""The desk writes a group's availability at least each five seconds; older than this it is gone."""

RETENTION = timedelta(days=30)
"""How long a message, its records and its conversation are kept, and its id is known."""

MOST_RETENTION_DAYS = 365
"""What `ONDUTY_RETENTION_DAYS` may be at most."""

MOST_REPLICAS = 100
"""How many replicas may be waited for."""


def message_key(message_id: str) -> str:
    """String: the message as JSON.

    After an edit it has `edited_at`, after a retraction `retracted_at` and no words; `was` is then
    the SHA-1 of the text that was pushed, by which a repeated push is recognised.
    """
    return f"onduty:message:{message_id}"


def inbox_key(conversation_id: str) -> str:
    """List: what was accepted for a conversation and not yet routed, in order, as JSON arrays.

    `["message", id, priority, group]`, `["close"]`, `["touch"]`, `["prioritize", priority]`,
    `["edit", message id, text]`, `["retract", message id]` or `["forget"]`. What a dispatcher
    does not know it passes over.
    """
    return f"onduty:inbox:{conversation_id}"


def history_key(conversation_id: str) -> str:
    """List: what both sides have written, one JSON a message, see `onduty.history`.

    The desk writes it; it has the newest 1,000, and expires with the conversation.
    """
    return f"onduty:public:history:{conversation_id}"


def availability_key(group: str) -> str:
    """String: who is there for a group, as JSON, see `onduty.availability`. The desk writes it."""
    return f"onduty:public:availability:{group}"
