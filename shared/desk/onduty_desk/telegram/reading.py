"""Reads what an HTTP server answered: only Telegram's own JSON is Telegram's answer.

Proxies, gateways and captive portals answer in Telegram's place, with its statuses. What they say
must never sign an operator off duty or give a message up, so their pages say one thing only:
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
"""By a 429 that says no time, or none that can be read."""

LONGEST_WAIT = timedelta(hours=1)
"""A longer one is asked again every hour, which costs a request: a damaged number costs no more."""

NOT_TAKEN_PAGES = frozenset(
    {HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE, *range(300, 500)}
)
"""With any other page a gateway may have lost Telegram's answer, not the request."""


class NotTaken(NetworkError):  # noqa: N818 - PTB names errors after what happened
    """Telegram certainly did not take the request: it did not arrive, or was turned back."""


class NestedTooDeep(NetworkError):  # noqa: N818 - PTB's way of naming
    """JSON that is nested too deep to be read, as a person may send it; `body` holds it."""

    def __init__(self, body: bytes) -> None:
        super().__init__("the answer is nested too deep to be read")
        self.body = body


def check_answer(status: int, body: bytes) -> bytes:
    """Return the body if it is Telegram's "ok"; raise what else it says, as PTB's errors.

    Raises:
        NotTaken: a page of somebody in between, who took nothing on; Telegram's own 5xx.
        RetryAfter: within an hour, whatever number was given.
        InvalidToken: Telegram does not know the token (401), or the method (404 is for both).
        ChatMigrated, Forbidden, BadRequest, Conflict: Telegram's own words.
        NetworkError: a page of somebody in between, who may have handed the request on.
        NestedTooDeep: one of these, perhaps Telegram's.
    """
    try:
        answer = _parsed(body)
    except RecursionError:
        if status != HTTPStatus.OK:
            raise _not_telegrams(status) from None
        raise NestedTooDeep(body) from None
    match answer:
        case {"ok": True, "result": _}:
            return body
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
    except ValueError:  # no JSON; or what a person wrote in it is no UTF-8, or an endless number
        return as_far_as_it_goes(body)


def as_far_as_it_goes(body: bytes) -> object:
    """Read JSON in which people's words may be no UTF-8, or numbers endless; None if it is none."""
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
    # Compared before it is a timedelta: a number of 400 digits fits into none.
    return timedelta(seconds=min(retry_after, LONGEST_WAIT.total_seconds()))


def _not_telegrams(status: int) -> NetworkError:
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return NotTaken(f"redirected instead of answered ({status})")
    reason = f"answered by something that is not Telegram ({status})"
    return NotTaken(reason) if status in NOT_TAKEN_PAGES else NetworkError(reason)
