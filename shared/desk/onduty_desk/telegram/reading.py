"""Reads HTTP answers: only Telegram's own JSON counts as an answer of Telegram.

Proxies, gateways and captive portals answer in Telegram's place, with the same statuses. Their
answers must never sign an operator out or give up a message, so only one thing is read from them:
whether the request may have reached Telegram.
"""

import json
from datetime import timedelta
from http import HTTPStatus

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

ASKED_TO_WAIT = timedelta(seconds=5)
"""The wait after a 429 without a readable time."""

LONGEST_WAIT = timedelta(hours=1)
"""The longest wait after a 429, in case the number is damaged; asking again costs one request."""

NOT_TAKEN_PAGES = frozenset(
    {HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE, *range(300, 500)}
)
"""Statuses of pages that are not Telegram's and mean that the request was not taken. With any other
status a gateway may have lost Telegram's answer instead."""


class NotTaken(NetworkError):  # noqa: N818 - PTB names errors after what happened
    """Telegram certainly did not take the request: it did not arrive, or was rejected."""


class NestedTooDeep(NetworkError):  # noqa: N818 - PTB's way of naming
    """JSON that is nested too deep to be parsed, as a user may send it; `body` holds it."""

    def __init__(self, body: bytes) -> None:
        super().__init__("the answer is nested too deep to be read")
        self.body = body


def check_answer(status: int, body: bytes) -> bytes:
    """Return the body if it is Telegram's "ok"; raise any other answer as `result_of` does."""
    result_of(status, body)
    return body


def result_of(status: int, body: bytes) -> object:
    """Return the result in Telegram's "ok"; raise any other answer as PTB's errors.

    Raises:
        NotTaken: a page of an intermediary that did not forward the request; Telegram's own 5xx.
        RetryAfter: a 429; at most an hour, whatever number was given.
        InvalidToken: Telegram does not know the token (401), or the method (404 is for both).
        ChatMigrated, Forbidden, BadRequest, Conflict: Telegram's own refusals.
        NetworkError: a page of an intermediary that may have forwarded the request.
        NestedTooDeep: JSON that cannot be parsed, perhaps Telegram's.
    """
    try:
        answer = _parsed(body)
    except RecursionError:
        if status != HTTPStatus.OK:
            raise _not_telegrams(status) from None
        raise NestedTooDeep(body) from None
    match answer:
        case {"ok": True, "result": result}:
            return result
        case {"ok": False, "error_code": int(code), "description": str(description), **others} if (
            HTTPStatus.BAD_REQUEST <= code < 600  # noqa: PLR2004 - where HTTP's statuses end
        ):
            parameters = others.get("parameters")
            raise _refusal(code, description, parameters if isinstance(parameters, dict) else {})
        case _:
            raise _not_telegrams(status)


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:  # not JSON; or a user's text in it is not UTF-8, or a number is too long
        return as_far_as_it_goes(body)


def as_far_as_it_goes(body: bytes) -> object:
    """Parse JSON in which text may be invalid UTF-8, or numbers too long; None if it is no JSON."""
    try:
        return json.loads(body.decode("utf-8", "replace"), parse_int=_integer)
    except ValueError:
        return None


def _integer(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:
        return float("inf")


def _refusal(  # noqa: PLR0911 - one an answer
    code: int, description: str, parameters: dict[str, object]
) -> TelegramError:
    if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return NotTaken(f"Telegram itself failed ({code})")
    if code == HTTPStatus.TOO_MANY_REQUESTS:
        return RetryAfter(_wait(parameters.get("retry_after")))
    match parameters.get("migrate_to_chat_id"):
        case int(chat_id) if chat_id and chat_id is not True:
            return ChatMigrated(chat_id)
    match code:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.NOT_FOUND:
            return InvalidToken(f"Telegram does not know this token ({code})")
        case HTTPStatus.FORBIDDEN:
            return Forbidden(description)
        case HTTPStatus.CONFLICT:
            return Conflict(description)
        case _:
            return BadRequest(description)


def _wait(retry_after: object) -> timedelta:
    if isinstance(retry_after, bool) or not isinstance(retry_after, int | float):
        return ASKED_TO_WAIT
    if not retry_after > 0:  # not a number (NaN) is not above 0 either
        return ASKED_TO_WAIT
    # Limited before it becomes a timedelta, which a number of 400 digits would overflow.
    return timedelta(seconds=min(retry_after, LONGEST_WAIT.total_seconds()))


def _not_telegrams(status: int) -> NetworkError:
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return NotTaken(f"redirected instead of answered ({status})")
    reason = f"answered by something that is not Telegram ({status})"
    return NotTaken(reason) if status in NOT_TAKEN_PAGES else NetworkError(reason)
