"""Tells what a retry can mend from what it cannot, in words that hold none of a customer's."""

import ssl
from collections.abc import Iterator

from redis.asyncio.sentinel import MasterNotFoundError
from redis.exceptions import (
    AskError,
    AuthenticationError,
    ClusterCrossSlotError,
    InvalidResponse,
    MovedError,
    NoPermissionError,
    ResponseError,
)

from onduty.errors import DeskMisconfigured, DeskUnavailable

_MISCONFIGURED = (
    AskError,
    AuthenticationError,
    ClusterCrossSlotError,
    InvalidResponse,
    MasterNotFoundError,
    MovedError,
    NoPermissionError,
    PermissionError,
)
_CODES = ("DENIED ", "WRONGTYPE ", "MOVED ", "ASK ", "CROSSSLOT ")
_SENTENCES = (
    "acl failure",
    "no permissions",
    "can't access",
    "db index",
    "select is not allowed",
    "without any password configured",
    "no password is set",
    "unknown command",
    "unknown subcommand",
)
"""Parts of errors that are of no kind of their own. An error in a script names the right inside."""


def trouble(error: Exception, what: str, advice: str) -> DeskUnavailable | DeskMisconfigured:
    """Return what to raise when Redis did not take something."""
    if isinstance(error, TimeoutError):
        return DeskUnavailable(f"Redis did not say in time that it took {what}; {advice}")
    if is_for_ever(error):
        return DeskMisconfigured(f"Redis will not take {what}: {_said(error)}")
    return DeskUnavailable(f"Redis did not take {what} ({_said(error)}); {advice}")


def is_for_ever(error: Exception) -> bool:
    """Tell whether a retry can mend it never."""
    # Of bytes that are no number, redis-py's own parser says so in a mere ValueError.
    return isinstance(error, ValueError) or any(map(_is_for_ever, _chain(error)))


def _is_for_ever(error: BaseException) -> bool:
    match error:
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return False
        case ssl.SSLError():
            return True
        case ResponseError() if str(error).startswith(_CODES):
            return True
        case ResponseError():
            said = str(error).lower()
            return isinstance(error, _MISCONFIGURED) or any(part in said for part in _SENTENCES)
        case _:
            return isinstance(error, _MISCONFIGURED)


def _said(error: Exception) -> str:
    if isinstance(error, InvalidResponse | ValueError):
        return "what answers at this address does not speak Redis's protocol"
    # redis-py of old tells the mere number of an error of the network or of TLS.
    cause = next((one for one in _chain(error) if isinstance(one, OSError)), error)
    return str(cause).partition(", with args")[0] or type(cause).__name__


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__
