"""Counts each request to Telegram by method and result, with its time, and what 429s cost."""

from time import monotonic

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from onduty_desk.metrics.figures import TELEGRAM_LATER, TELEGRAM_REQUESTS
from onduty_desk.telegram.outcomes import as_timedelta
from onduty_desk.telegram.reading import NotTaken

_RESULTS: tuple[tuple[type[TelegramError], str], ...] = (
    (RetryAfter, "later"),
    (Conflict, "conflict"),
    (Forbidden, "impossible"),
    (InvalidToken, "unauthorized"),
    (NotTaken, "not_taken"),
    (ChatMigrated, "refused"),
    (BadRequest, "refused"),  # a subclass of NetworkError, whose other kinds are unknown
)


def note_request(url: str, began: float, error: TelegramError | None = None) -> None:
    """Note a request that began at a time of `time.monotonic` and has ended now."""
    method, result = url[url.rfind("/") + 1 :], "ok"
    if error is not None:
        result = next((name for kind, name in _RESULTS if isinstance(error, kind)), "unknown")
        if isinstance(error, RetryAfter):
            TELEGRAM_LATER.add(by=as_timedelta(error.retry_after).total_seconds())
    TELEGRAM_REQUESTS.note(monotonic() - began, method, result)
