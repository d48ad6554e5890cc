"""Redis does not answer, or answers that it cannot: one kind of trouble, told once and outlasted.

A master that became a replica, a full disk, no memory, too few replicas, a long script, a changed
password: the desk's connections (`onduty_desk.connection`) turn what Redis says of its own state
into `CannotNow`, drop the connection and try once more on a new one, so that a name, a Service or a
sentinel that points to another master by now is followed.
"""

import asyncio
import re
from time import monotonic

import structlog
from redis.asyncio import Redis
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

from onduty_desk.keys import CAN_WRITE
from onduty_desk.replicas import ReplicasBehind
from onduty_desk.wrong_types import wrong_global_types

PAUSE_S = 1.0
"""Of each loop, before it tries again."""

QUIET_S = 3.0
"""Redis is back when it has taken a write and nobody has failed for so long: a connection that is
cut each second, or memory that is short now and then, is one trouble and not many."""

REFUSED_AGAIN_S = 60.0
"""What Redis refuses is told again after this."""

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

_log = structlog.get_logger()


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


def as_cannot_now(error: ResponseError) -> RedisError | None:
    """Return the one of `CANNOT_NOW` that an answer of Redis means, if it is not one itself.

    A missing right stays what it is, for libraries that go on without it.
    """
    state = state_of(error)
    if state is None or isinstance(error, NoPermissionError):
        return None
    return NoPermissionError(str(error)) if state == "NOPERM" else CannotNow(state, str(error))


class Outage:
    """One for a process: whichever of its loops notices first tells, one look ends it for all."""

    def __init__(self) -> None:
        self._on = asyncio.Event()
        self._began_at = self._failed_at = 0.0
        self._refused: asyncio.Queue[RedisError] = asyncio.Queue()
        self._told_at: dict[str, float] = {}

    @property
    def is_on(self) -> bool:
        """Whether Redis cannot now."""
        return self._on.is_set()

    def began(self, error: Exception) -> None:
        """Note what a loop met that talks to Redis; it goes on after `PAUSE_S`.

        That Redis cannot now is told once, however many loops say so. Anything else is Redis's
        answer to one command, most likely because of a key of a wrong type: that key is looked for
        and told, at most once a minute.
        """
        if not isinstance(error, CANNOT_NOW) and isinstance(error, RedisError):
            self._refused.put_nowait(error)
            return
        self._failed_at = monotonic()
        if not self._on.is_set():
            self._began_at = self._failed_at
            state = state_of(error)
            _log.error(
                "redis.away",
                reason=str(error) or repr(error),
                next_step=_NEXT_STEPS.get(state or "", "check Redis; work goes on by itself"),
            )
        self._on.set()

    async def watch(self, redis: Redis) -> None:
        """Tell when Redis can again, and which keys are of a wrong type, until cancelled."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._tell_the_end(redis))
            both.create_task(self._tell_what_is_refused(redis))

    async def _tell_the_end(self, redis: Redis) -> None:
        while True:
            await self._on.wait()
            await asyncio.sleep(PAUSE_S)
            try:
                # Idle connections may lead to a server that is the master no more.
                await redis.connection_pool.disconnect(inuse_connections=False)
                await redis.set(CAN_WRITE, "1", px=1_000)
            except (RedisError, OSError) as error:
                self.began(error)
                continue
            if monotonic() - self._failed_at >= QUIET_S:
                self._on.clear()
                _log.info("redis.back", away_s=round(self._failed_at - self._began_at, 1))

    async def _tell_what_is_refused(self, redis: Redis) -> None:
        while True:
            error = await self._refused.get()
            try:
                wrong = await wrong_global_types(redis)
            except (RedisError, OSError) as trouble:
                self.began(trouble)
                await asyncio.sleep(PAUSE_S)
                continue
            for key in wrong:
                self._tell_again(key.name, "redis.wrong_type", reason=str(key), key=key.name)
            if not wrong:
                self._tell_again(str(error), "redis.refused", reason=str(error))

    def _tell_again(self, what: str, event: str, **fields: str) -> None:
        now = monotonic()
        self._told_at = {
            told: at for told, at in self._told_at.items() if now - at < REFUSED_AGAIN_S
        }
        if self._told_at.setdefault(what, now) == now:
            next_step = "find out who wrote it, then DEL or RENAME it; work goes on by itself"
            _log.error(event, next_step=next_step, **fields)
