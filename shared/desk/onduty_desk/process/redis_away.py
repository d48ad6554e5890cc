"""Redis does not answer, or answers that it cannot: one kind of trouble, told once and outlasted.

A master that became a replica, a full disk, no memory, too few replicas, a long script, a changed
password: the desk's connections (`process.connection`) turn what Redis says of its own state into
`CannotNow`, drop the connection and try once more on a new one, so that a name, a Service or a
sentinel that points to another master by now is followed.
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
"""Of each loop, before it tries again."""

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
"""By the word with which Redis's answer begins."""

_STATE = re.compile(rf"(?:^|[ :]-)-?({'|'.join(_NEXT_STEPS)})(?![A-Z])")

_NO_RIGHT = re.compile("ACL failure in script|The user executing the script can't")
"""What a script meets has no word of its own: Valkey, and Redis 7 before it."""


class CannotNow(RedisConnectionError):  # noqa: N818 - it passes
    """Redis refuses because of a state of its own; the text begins with the word it gave."""

    def __init__(self, state: str, text: str) -> None:
        super().__init__(text if text.startswith(state) else f"{state} {text}")


CANNOT_NOW = (
    RedisConnectionError,
    RedisTimeoutError,
    ReplicasBehind,
    ReadOnlyError,
    OutOfMemoryError,
    ClusterError,
    NoPermissionError,
    OSError,
)
"""What passes by itself, or by a hand on Redis; any other `RedisError` is about one key."""


def state_of(error: BaseException) -> str | None:
    """Return the word for Redis's own state if that is what an answer speaks of.

    An error that a script met may stand behind the words of the script that met it.
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


def next_step_of(error: BaseException) -> str:
    """Return what a person can do about it."""
    return _NEXT_STEPS.get(state_of(error) or "", "check Redis; work goes on by itself")


def as_cannot_now(error: ResponseError) -> RedisError | None:
    """Return the one of `CANNOT_NOW` that an answer of Redis means, if it is not one itself.

    A missing right stays what it is, for libraries that go on without it.
    """
    state = state_of(error)
    if state is None or isinstance(error, NoPermissionError):
        return None
    return NoPermissionError(str(error)) if state == "NOPERM" else CannotNow(state, str(error))


def is_of_wrong_type(error: Exception) -> bool:
    """Whether another program has written a key of another type: no state of Redis itself."""
    return isinstance(error, ResponseError) and "WRONGTYPE" in str(error)
