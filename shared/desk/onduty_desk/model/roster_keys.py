"""The Redis keys of the roster: who is on duty, in which group, and who pauses."""

from onduty_desk.model.keys import OperatorId
from onduty_desk.model.schema import family, one

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


PAUSED = one("onduty:paused", "zset", name="paused", ends="coming back, going off")
"""Operators on duty who are paused, by when that ends (ms of the service clock; 9e15: no end)."""

UNREACHABLE = one(
    "onduty:unreachable", "zset", name="unreachable", ends="a send that arrives, a minute"
)
"""Operators on duty whose phones take nothing while others' do, by since when (ms)."""

FAILING_PHONES = one(
    "onduty:failing-phones", "hash", name="failing_phones", ends="a send that arrives, ten minutes"
)
"""Operator → how many sends in a row have failed, and since when (ms), with a blank between."""

PAUSES_OVER = one("onduty:pauses-over", "hash", name="pauses_over", ends="telling them")
"""Operator → when their pause ran out (ms): they are not yet told."""


PAUSED_FOR_MISSING = one(
    "onduty:paused-for-missing", "hash", name="paused_for_missing", ends="telling them"
)
"""Operator → when they were paused because they missed offers (ms): they are not yet told."""


@family("string", "operator", ends="30 days after the last sign-in or sign-out")
def known_key(operator_id: OperatorId) -> str:
    """Was an operator in the last 30 days, so is no stranger."""
    return f"onduty:known:{operator_id}"


@family("string", "operator", ends="taking it back; a year after it was last used")
def speaks_as_key(operator_id: OperatorId) -> str:
    """The name by which customers know this operator, if it is not the one in Telegram."""
    return f"onduty:speaks-as:{operator_id}"


GROUP_RULES = one(
    "onduty:group-rules", "hash", name="group_rules", ends="a start without the group"
)
"""Group → its rules as JSON, with the time of the start that wrote them (`start_ms`)."""

PHRASES = one("onduty:phrases", "hash", name="phrases", ends="a start without the group")
"""Group → JSON: a slow `check` of its phrase, and the `fingerprints` that bots have made of that
phrase with each of their tokens, the newest 50, see `roster/known_phrases.py`."""

SIGNED_OUT = one("onduty:signed-out", "hash", name="signed_out", ends="notifying them")
"""Operator → language: signed out by a changed phrase and not yet notified."""


LEFT_GROUPS = one("onduty:left-groups", "hash", name="left_groups", ends="notifying them")
"""`operator:group` → language: taken out of that group, one of several, by a changed phrase and not
yet notified."""


@family("string", "operator", ends="expires")
def telling_key(operator_and_group: str) -> str:
    """A process is notifying this operator: of a changed phrase, or of the end of a pause."""
    return f"onduty:telling:{operator_and_group}"


@family("hash", "desk", ends="an admin who removes the last")
def quick_replies_key(group: str) -> str:
    """Number → a quick reply of a group as JSON, `title` and `text`."""
    return f"onduty:quick-replies:{group}"
