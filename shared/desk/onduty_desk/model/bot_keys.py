"""The keys of the bot's updates and of signing in, and RQ's keys that we use."""

from onduty import wire
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.model.schema import family, one

# Signing in.


@family("string", "operator", ends="expires")
def login_key(operator_id: OperatorId) -> str:
    """A login waits for the phrase until this time (ms)."""
    return f"onduty:login:{operator_id}"


@family("zset", "operator", ends="expires")
def wrong_tries_key(operator_id: OperatorId) -> str:
    """The updates that held a wrong phrase, by when (ms)."""
    return f"onduty:wrong-tries:{operator_id}"


@family("zset", "operator", ends="expires")
def tries_elsewhere_key(operator_id: OperatorId) -> str:
    """Updates outside of a login that might hold a phrase, by when (ms)."""
    return f"onduty:tries-elsewhere:{operator_id}"


@family("string", "operator", ends="expires")
def lock_key(operator_id: OperatorId) -> str:
    """Signing in is locked until this time (ms)."""
    return f"onduty:lock:{operator_id}"


@family("zset", "desk", ends="expires")
def guesses_key(way: str) -> str:
    """Strangers' wrong tries over all accounts, by when (ms)."""
    return f"onduty:guesses:{way}"


@family("zset", "desk", ends="expires")
def compared_key(way: str) -> str:
    """Strangers' tries that were compared during many wrong ones, by when (ms)."""
    return f"onduty:compared:{way}"


@family("string", "chat", ends="after a day")
def find_asked_key(chat_id: ChatId, message_id: int) -> str:
    """This message has asked for a name to be found."""
    return f"onduty:find-asked:{chat_id}:{message_id}"


@family("string", "operator", ends="an answer; after ten minutes")
def pass_asked_key(operator_id: OperatorId) -> str:
    """What an operator is about to pass on and to whom, as JSON: their next text says why."""
    return f"onduty:pass-asked:{operator_id}"


@family("string", "operator", ends="an answer, a newer question; after a day")
def pass_question_key(operator_id: OperatorId) -> str:
    """The message that asks an operator to whom, as `update:message`: the update that asked."""
    return f"onduty:pass-question:{operator_id}"


GUESSING = one("onduty:guessing", "hash", name="guessing", ends="notifying the admins")
"""What the admins will be notified of next."""

GUESSING_TELLING = one(
    "onduty:guessing:telling", "hash", name="guessing_telling", ends="notifying the admins"
)
"""What they are being notified of."""

GUESSING_LEASE = one("onduty:guessing:lease", "string", name="guessing_lease", ends="expires")
"""A bot is notifying them, until this time (ms)."""

GUESSING_LAST = one("onduty:guessing:last", "string", name="guessing_last", ends="expires")
"""When they were last notified (ms)."""


@family("string", "chat", ends="after a day")
def exposed_key(chat_and_message: str) -> str:
    """The admins were notified of the phrase in this message."""
    return f"onduty:exposed:{chat_and_message}"


@family("zset", "chat", ends="expires")
def answered_key(chat_id: ChatId) -> str:
    """The occasions on which a stranger was answered in the last minute."""
    return f"onduty:answered:{chat_id}"


@family("hash", "desk", ends="/unkick, an invite")
def barred_key(group: str) -> str:
    """Operator → JSON: an admin has taken them out; the group's phrase lets them in no more."""
    return f"onduty:barred:{group}"


@family("string", "desk", ends="being used, after a day")
def invite_key(token_hash: str) -> str:
    """An invite as JSON: group, the fingerprint of its phrase, who made it, until when (ms)."""
    return f"onduty:invite:{token_hash}"


@family("hash", "desk", ends="ten minutes after it was last so")
def desk_trouble_key(kind: str) -> str:
    """Trouble of the desk that admins are told of once, see `fields.DESK_TROUBLE`."""
    return f"onduty:desk-trouble:{kind}"


ACTIONS = one("onduty:actions", "list", name="actions", ends="1,000 newer ones")
"""What admins did, as JSON, the newest first, see `roster/actions.py`."""


ADMIN_LANGUAGES = one("onduty:admin-languages", "hash", name="admin_languages", ends="never")
"""Admin → the language of their newest message, see `onduty_bot/answering/admin_languages.py`."""

DESCRIBED = one("onduty:described", "hash", name="described", ends="never")
"""The bot's descriptions as the desk has set them, by bot, kind and language; of each admin's menu
a fingerprint."""

# Updates on their way through the bot.

UPDATE_CHATS = one("onduty:updates", "zset", name="update_chats", ends="handling")
"""Chats with stored updates, by when they may be handled next (ms)."""

UPDATE_CHATS_FIRST = one("onduty:updates-first", "zset", name="update_chats_first", ends="handling")
"""The same for operators, admins and recent operators: theirs are handled first."""


@family("zset", "chat", ends="handling")
def chat_updates_key(chat: str) -> str:
    """A chat's stored updates as JSON without phrases, by id."""
    return f"onduty:updates:{chat}"


UPDATES_DROPPED = one(
    "onduty:updates-dropped", "string", name="updates_dropped", ends="a day of none"
)
"""How many updates of strangers were dropped because their line was full."""

HEARD = one("onduty:heard", "string", name="heard", ends="never")
"""When a bot last read updates, by Redis's own clock (ms)."""


@family("string", "update", ends="after a day, as Telegram's own copy does")
def seen_update_key(update_id: int) -> str:
    """This update was stored once."""
    return f"onduty:update:{update_id}"


@family("string", "update", ends="after a day")
def decided_key(update_id: int, way: str = "") -> str:
    """The answer of the script that handled an update, as JSON; of one of its ways, like `note`."""
    return f"onduty:decided:{update_id}" + (way and f":{way}")


@family("string", "update", ends="expires")
def said_key(occasion: str) -> str:
    """The bot has answered on this occasion (an update, a lock, a group chat)."""
    return f"onduty:said:{occasion}"


@family("hash", "update", ends="expires")
def update_trouble_key(update_id: int) -> str:
    """How often handling an update failed, and how often Telegram was away."""
    return f"onduty:update-trouble:{update_id}"


UPDATES_ASIDE = one("onduty:updates-aside", "zset", name="updates_aside", ends="after 90 days")
"""Ids in the failed list of updates that were set aside, by when (ms); only the newest 1,000."""


@family("any", "update", ends="after 30 days")
def wrong_type_key(key: str) -> str:
    """A value of a wrong type that another program wrote, moved here unchanged."""
    return f"onduty:wrong-type:{key}"


POLLER = one("onduty:poller", "string", name="poller", ends="expires: it is a lease")
"""The bot process that reads updates."""

# RQ's own.

RQ_FAILED_EVENTS = one(
    f"rq:failed:{wire.EVENTS_QUEUE}", "zset", name="rq_failed_events", owner="rq", ends="RQ"
)
"""Jobs of events that the backend's worker failed at."""


@family("hash", "rq", ends="RQ")
def rq_job_key(job_id: str) -> str:
    """A job."""
    return f"{wire.RQ_JOB}{job_id}"


@family("hash", "rq", ends="RQ")
def rq_event_job_key(event_id: str) -> str:
    """The job of an event, by the event's id."""
    return f"{wire.RQ_JOB}{wire.EVENT_JOB_ID}{event_id}"


@family("list", "rq", ends="RQ")
def rq_event_results_key(event_id: str) -> str:
    """Its results."""
    return f"rq:results:{wire.EVENT_JOB_ID}{event_id}"


@family("list", "rq", ends="RQ")
def rq_results_key(job_id: str) -> str:
    """A job's results."""
    return f"rq:results:{job_id}"


@family("zset", "rq", ends="RQ")
def rq_executions_key(job_id: str) -> str:
    """A job's executions."""
    return f"rq:executions:{job_id}"
