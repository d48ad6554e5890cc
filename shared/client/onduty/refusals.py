"""Tells what a retry can mend from what it cannot, in words that hold none of a customer's."""

import ssl

from onduty.errors import DeskMisconfigured, DeskUnavailable
from onduty.links import NoSuchMasterError
from onduty.resp import OtherProtocolError, ReplyError

_NO_RIGHT = ("NOPERM", "NOAUTH", "WRONGPASS", "DENIED", "WRONGTYPE", "MOVED", "ASK", "CROSSSLOT")
_MISCONFIGURED = (
    "acl failure",
    "no permissions",
    "can't access",
    "db index",
    "select is not allowed",
    "without any password configured",
    "no password is set",
    "invalid password",
    "invalid username",
    "unknown command",
    "unknown subcommand",
)
"""Parts of sentences that begin with a mere ERR. An error in a script names the right inside."""


def trouble(error: Exception, what: str, advice: str) -> DeskUnavailable | DeskMisconfigured:
    """Return what to raise when Redis did not take something."""
    if isinstance(error, TimeoutError):
        return DeskUnavailable(f"Redis did not say in time that it took {what}; {advice}")
    said = str(error).partition(", with args")[0] or type(error).__name__
    if isinstance(error, OtherProtocolError):
        said = "what answers at this address does not speak Redis's protocol"
    if _is_for_ever(error):
        return DeskMisconfigured(f"Redis will not take {what}: {said}")
    return DeskUnavailable(f"Redis did not take {what} ({said}); {advice}")


def _is_for_ever(error: Exception) -> bool:
    match error:
        case OtherProtocolError() | NoSuchMasterError() | PermissionError():
            return True
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return False
        case ssl.SSLError():
            return True
        case ReplyError():
            said = str(error).lower()
            return error.code in _NO_RIGHT or any(part in said for part in _MISCONFIGURED)
        case _:
            return False
