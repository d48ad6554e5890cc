"""The figures that each process counts for itself; docs/metrics.md explains them.

`metrics/desk_figures.py` has those of the whole desk, which are read from Redis.
"""

from typing import get_args

from onduty import Priority
from onduty.wire import QUEUES
from onduty_desk.metrics.counting import LONG_SECONDS, Count, Figure, Level, Spread
from onduty_desk.model.words import Outcome, Step

METHODS = (
    "answerCallbackQuery",
    "deleteMessage",
    "deleteMessages",
    "deleteWebhook",
    "editMessageReplyMarkup",
    "editMessageText",
    "getMe",
    "getMyDescription",
    "getMyShortDescription",
    "getUpdates",
    "pinChatMessage",
    "sendMessage",
    "setMyCommands",
    "setMyDescription",
    "setMyShortDescription",
    "setWebhook",
    "unpinChatMessage",
)
RESULTS = (
    "ok",
    "later",
    "refused",
    "conflict",
    "impossible",
    "unauthorized",
    "not_taken",
    "unknown",
)
CAUSES = ("no_connection", "no_answer", "not_telegram", "telegram_failed", "other")
CARDS = (*Priority, "edits", "boards")
ANSWERS = ("operators", "strangers")
UNANSWERED = ("too_many", "line_full", "too_late", "failed")

# Telegram and Redis, in both services.

TELEGRAM_REQUESTS = Spread(
    "onduty_telegram_request_duration_seconds",
    "Requests to the Bot API by method and result, with the time each took.",
    {"method": METHODS, "result": RESULTS},
)
TELEGRAM_LATER = Count(
    "onduty_telegram_later_seconds",
    "Seconds that Telegram has asked to wait, by answers 429.",
)
PAUSES = Count(
    "onduty_telegram_pauses",
    "Pauses of the whole desk that this process has begun, by cause.",
    {"cause": CAUSES},
)
SLOT_WAITS = Spread(
    "onduty_slot_wait_seconds",
    "Slots of the shared pace, by class, with the time from being due to the slot.",
    {"class": (*CARDS, *ANSWERS)},
    limits=LONG_SECONDS,
)
REDIS_ROUND_TRIPS = Spread(
    "onduty_redis_round_trip_seconds",
    "Round trips of this process's sign of life to Redis, one each five seconds.",
    limits=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0),
)
REDIS_OUTAGES = Count("onduty_redis_outages", "Outages of Redis that this process has noticed.")

# The dispatcher.

ROUTED = Count(
    "onduty_conversations_routed",
    "Conversations of which something accepted was routed.",
    services=("dispatcher",),
)
JOBS = Count(
    "onduty_jobs",
    "RQ jobs that lanes have run, by result.",
    {"result": ("done", "set_aside", "failed")},
    services=("dispatcher",),
)
LANES = Level(
    "onduty_lanes", "Lanes of this process.", {"queue": (*QUEUES.values(),)}, ("dispatcher",)
)
LANES_BUSY = Level(
    "onduty_lanes_busy",
    "Lanes of this process that run a job now.",
    {"queue": (*QUEUES.values(),)},
    ("dispatcher",),
)
IN_FLIGHT = Level(
    "onduty_steps_in_flight", "Phones that this process works at now.", services=("dispatcher",)
)
DELIVERIES = Count(
    "onduty_deliveries",
    "Messages in cards that were sent or tried, one on one phone, by outcome.",
    {"outcome": get_args(Outcome)},
    services=("dispatcher",),
)
STEPS = Count(
    "onduty_steps",
    "Steps at phones, by step and outcome.",
    {"step": get_args(Step), "outcome": get_args(Outcome)},
    services=("dispatcher",),
)
FIRST_CARDS = Spread(
    "onduty_first_card_seconds",
    "Customers who began to wait, with the time from acceptance to the first card on a phone.",
    services=("dispatcher",),
    limits=LONG_SECONDS,
)
LAST_CARDS = Spread(
    "onduty_last_card_seconds",
    "Customers who began to wait, with the time from acceptance until all phones had a card.",
    services=("dispatcher",),
    limits=LONG_SECONDS,
)
EVENTS = Count(
    "onduty_events",
    "Tries to deliver events to the backend, by result.",
    {"result": ("confirmed", "again", "failed", "refused", "given_up")},
    services=("dispatcher",),
)

# The bot.

UPDATES_STORED = Count("onduty_updates_stored", "Updates stored for the first time.", {}, ("bot",))
UPDATES_DROPPED = Count(
    "onduty_updates_dropped",
    "Updates of strangers dropped because their line was full.",
    {},
    ("bot",),
)
UPDATES_HANDLED = Count(
    "onduty_updates_handled",
    "Tries to handle an update, by result.",
    {"result": ("done", "away", "failed", "slow", "set_aside")},
    services=("bot",),
)
HANDLING = Spread(
    "onduty_update_handling_seconds", "Updates, with the time that handling took.", {}, ("bot",)
)
CLAIMS = Spread(
    "onduty_claim_seconds",
    "Claims of waiting conversations, with the time the customer had waited.",
    services=("bot",),
    limits=LONG_SECONDS,
)
STRANGERS_UNANSWERED = Count(
    "onduty_strangers_unanswered",
    "Texts of strangers that were not answered, by reason.",
    {"reason": UNANSWERED},
    services=("bot",),
)
STRANGERS_SLOWED = Count(
    "onduty_strangers_slowed",
    "Strangers' tries to sign in that were not compared, because many guess.",
    services=("bot",),
)
READING = Level(
    "onduty_reading", "1 in the process that reads updates (or receives them).", {}, ("bot",)
)
CONFLICTS = Count(
    "onduty_telegram_conflicts", "Answers 409: another program reads updates.", {}, ("bot",)
)

FIGURES: tuple[Figure, ...] = tuple(
    value for value in dict(globals()).values() if isinstance(value, Figure)
)


def cause_of(reason: str) -> str:
    """Return which of `CAUSES` a reason that `transport` or `reading` wrote belongs to."""
    return next((cause for text, cause in _CAUSES if reason.startswith(text)), "other")


_CAUSES = (
    ("no connection", "no_connection"),
    ("no answer", "no_answer"),
    ("connection lost", "no_answer"),
    ("answered by something", "not_telegram"),
    ("redirected", "not_telegram"),
    ("the answer", "not_telegram"),
    ("Telegram itself failed", "telegram_failed"),
)
