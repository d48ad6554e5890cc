"""Maps Redis's errors to ours: whether a retry can help, without any customer text."""

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

OPEN_TO_ALL = "Redis has no password set, and its URL has one"

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
_WITHOUT_PASSWORD = ("without any password configured", "no password is set")
_SENTENCES = (
    *_WITHOUT_PASSWORD,
    "acl failure",
    "no permissions",
    "can't access",
    "db index",
    "select is not allowed",
    "unknown command",
    "unknown subcommand",
)
"""Parts of errors without a class of their own; a missing right inside a script is only text."""


def trouble(error: Exception, what: str, advice: str) -> DeskUnavailable | DeskMisconfigured:
    """Return what to raise when Redis did not take something."""
    if isinstance(error, TimeoutError):
        return DeskUnavailable(f"Redis did not say in time that it took {what}; {advice}")
    if is_permanent(error):
        return DeskMisconfigured(f"Redis will not take {what}: {_said(error)}")
    return DeskUnavailable(f"Redis did not take {what} ({_said(error)}); {advice}")


def misread(what: str) -> DeskMisconfigured:
    """Return what to raise when something in Redis is not what the desk writes."""
    return DeskMisconfigured(f"{what} is not what the desk writes: another program has changed it")


def has_no_password_set(said: str) -> bool:
    """Whether Redis says that it was given a password and has none."""
    return any(part in said.lower() for part in _WITHOUT_PASSWORD)


def is_permanent(error: Exception) -> bool:
    """Whether a retry can never help."""
    # redis-py's parser raises a plain ValueError for a reply that is not Redis's protocol.
    return isinstance(error, ValueError) or any(map(_is_permanent, _chain(error)))


def _is_permanent(error: BaseException) -> bool:
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
    if has_no_password_set(str(error)):
        return f"{OPEN_TO_ALL}; take it out there, or set it in Redis (requirepass)"
    # Older redis-py puts only the number of a network or TLS error into its text.
    cause = next((one for one in _chain(error) if isinstance(one, OSError)), error)
    return str(cause).partition(", with args")[0] or type(cause).__name__


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__
