"""Classifies Redis's errors: which mean an outage, which name a state, and what a person can do.

A master that became a replica, a full disk, no memory, too few replicas, a long script, a changed
password: the desk's connections (`process.connection`) turn such an answer into `CannotNow`, drop
the connection and retry once on a new one. So a DNS name, a Kubernetes Service or a Sentinel that
now points to another master is followed.
"""

import re

from redis.exceptions import (
    AuthenticationError,
    ClusterError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)

from onduty_desk.process.replicas import ReplicasBehind

PAUSE_S = 1.0
"""How long each loop waits before it tries again."""

_NEXT_STEPS = {
    "OOM": "give Redis more memory (maxmemory), or take some away from what else uses it",
    "READONLY": "point ONDUTY_REDIS_URL, or the name in it, to the master",
    "MISCONF": "Redis cannot write its files: look at its disk and its log",
    "NOREPLICAS": "start its replicas again, or lower min-replicas-to-write",
    "BUSY": "a script that is not ours runs for long: SCRIPT KILL ends it",
    "LOADING": "none: Redis reads its data and goes on by itself",
    "MASTERDOWN": "a replica has lost its master: start that, or promote the replica",
    "CLUSTERDOWN": "use a Redis that is no cluster",
    "TRYAGAIN": "use a Redis that is no cluster",
    "UNBLOCKED": "none: the master has become a replica, another is looked for",
    "NOAUTH": "put Redis's password into ONDUTY_REDIS_URL and restart",
    "WRONGPASS": "put Redis's new password into ONDUTY_REDIS_URL and restart",
    "NOPERM": "give the Redis user its rights back: docs/sre.md lists them",
}
"""By the error code with which Redis's answer begins."""

_NAME_REDIS = (
    "set ONDUTY_REDIS_URL to Redis's own address (rediss:// if it wants TLS) and restart; if Redis "
    "comes back at this one, work goes on by itself"
)

_STATE = re.compile(rf"(?:^|[ :]-)-?({'|'.join(_NEXT_STEPS)})(?![A-Z])")

_NO_RIGHT = re.compile("ACL failure in script|The user executing the script can't")
"""Inside a script, a missing right has no error code of its own (Valkey, Redis 7)."""


class CannotNow(RedisConnectionError):  # noqa: N818 - a state that ends
    """Redis refuses because of its own state; the text begins with its error code."""

    def __init__(self, state: str, text: str) -> None:
        super().__init__(text if text.startswith(state) else f"{state} {text}")


class NotRedis(RedisConnectionError):  # noqa: N818 - what answers is named
    """Something else answers at Redis's address: an HTTP server, or TLS where it is not expected.

    What it said is not repeated: in a reply that was misread there may be a customer's words.
    """

    def __init__(self, place: str = "this address") -> None:
        super().__init__(f"what answers at {place} does not speak Redis's protocol")


CANNOT_NOW = (
    RedisConnectionError,
    RedisTimeoutError,
    ReplicasBehind,
    ReadOnlyError,
    OutOfMemoryError,
    ClusterError,
    NoPermissionError,
    ConnectionError,
    TimeoutError,
)
"""Errors of an outage, which ends by itself or by an SRE's action; any other `RedisError` is about
one key, and any other `OSError`, as of a file that is missing, is counted like any error."""


def state_of(error: BaseException) -> str | None:
    """Return the error code of Redis's own state, or None if the error is about something else.

    An error inside a script follows the script's own text, so the code is searched for.
    """
    if isinstance(error, AuthenticationError):
        return "WRONGPASS"
    if (code := getattr(error, "status_code", None)) in _NEXT_STEPS:
        return str(code)
    if not isinstance(error, (ResponseError, CannotNow)):
        return None
    if isinstance(error, NoPermissionError) or _NO_RIGHT.search(str(error)):
        return "NOPERM"
    found = _STATE.search(str(error))
    return found[1] if found else None


def next_step_of(
    error: BaseException, otherwise: str = "check Redis; work goes on by itself"
) -> str:
    """Return what a person can do about it; `otherwise` if Redis names no state of its own."""
    if isinstance(error, NotRedis):
        return _NAME_REDIS
    return _NEXT_STEPS.get(state_of(error) or "", otherwise)


def as_cannot_now(error: ResponseError) -> RedisError | None:
    """Return the error of `CANNOT_NOW` that an answer of Redis means; None for other answers.

    `NoPermissionError` is not converted: libraries that can do without the right catch it.
    """
    state = state_of(error)
    if state is None or isinstance(error, NoPermissionError):
        return None
    return NoPermissionError(str(error)) if state == "NOPERM" else CannotNow(state, str(error))


def is_of_wrong_type(error: Exception) -> bool:
    """Whether the error says that a key is of a wrong type, because another program wrote it."""
    return isinstance(error, ResponseError) and "WRONGTYPE" in str(error)
