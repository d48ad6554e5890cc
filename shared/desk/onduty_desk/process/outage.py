"""Tracks outages of Redis for all loops of a process: each outage is logged once."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from types import TracebackType
from typing import TypeVar

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty_desk.metrics.figures import REDIS_OUTAGES
from onduty_desk.model.keys import CAN_WRITE
from onduty_desk.process.redis_away import CANNOT_NOW, PAUSE_S, is_of_wrong_type, next_step_of
from onduty_desk.process.wrong_types import set_wrong_types_aside

QUIET_S = 3.0
"""Redis counts as back after a successful write and this long without a failure: a connection that
breaks each second, or memory that is short now and then, is one outage and not many."""

REFUSED_AGAIN_S = 60.0
"""The same refusal of Redis is logged again after this time."""

_T = TypeVar("_T")
_log = structlog.get_logger()


class Outage:
    """One per process: the first loop that notices an outage logs it, one check ends it for all."""

    def __init__(self) -> None:
        self._on = asyncio.Event()
        self._began_at = self._failed_at = 0.0
        self._refused: asyncio.Queue[RedisError] = asyncio.Queue()
        self._logged_at: dict[str, float] = {}

    @property
    def is_on(self) -> bool:
        """Whether Redis cannot be used now."""
        return self._on.is_set()

    def report(self, error: Exception) -> None:
        """Report an error of Redis; the caller goes on after `PAUSE_S`.

        An outage is logged once, however many loops report it. Any other error is Redis's answer to
        one command, most likely because of a key of a wrong type: the key is searched for and
        logged, at most once a minute.
        """
        if not isinstance(error, CANNOT_NOW) and isinstance(error, RedisError):
            self._refused.put_nowait(error)
            return
        self._failed_at = monotonic()
        if not self._on.is_set():
            self._began_at = self._failed_at
            REDIS_OUTAGES.add()
            reason = str(error) or repr(error)
            _log.error("redis.away", reason=reason, next_step=next_step_of(error))
        self._on.set()

    def reported(self) -> "_Reported":
        """Report an error of Redis in this block; it goes on behind the block."""
        return _Reported(self)

    async def retry(self, write: Callable[[], Awaitable[_T]], *, for_s: float) -> _T:
        """Write a result, and retry while Redis is away, for up to `for_s`.

        Raises an error of `CANNOT_NOW` when that time is over.
        """
        give_up_at = monotonic() + for_s
        while True:
            try:
                return await write()
            except CANNOT_NOW as error:
                if monotonic() > give_up_at:
                    raise
                self.report(error)
                await asyncio.sleep(PAUSE_S / 4)

    async def watch(self, redis: Redis) -> None:
        """Log when Redis is back, and which keys are of a wrong type, until cancelled."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._log_end(redis))
            both.create_task(self._log_refusals(redis))

    async def _log_end(self, redis: Redis) -> None:
        while True:
            await self._on.wait()
            await asyncio.sleep(PAUSE_S)
            try:
                # Idle connections may lead to a server that is no longer the master.
                await redis.connection_pool.disconnect(inuse_connections=False)
                await redis.set(CAN_WRITE, "1", px=1_000)
            except (RedisError, OSError) as error:
                self.report(error)
                continue
            if monotonic() - self._failed_at >= QUIET_S:
                self._on.clear()
                _log.info("redis.back", away_s=round(self._failed_at - self._began_at, 1))

    async def _log_refusals(self, redis: Redis) -> None:
        while True:
            error = await self._refused.get()
            found, reason = False, str(error)
            try:
                if is_of_wrong_type(error):
                    found = await self._look_for_wrong_types(redis)
            except (RedisError, OSError) as trouble:
                self.report(trouble)
            else:
                if not found and self._is_due_to_log(reason):
                    _log.error("redis.refused", reason=reason, next_step="report it: it is a bug")
            await asyncio.sleep(PAUSE_S)
            while not self._refused.empty():
                self._refused.get_nowait()

    async def _look_for_wrong_types(self, redis: Redis) -> bool:
        found = await set_wrong_types_aside(redis)
        for key in found:
            if key.owner == "desk" and self._is_due_to_log(key.name):
                next_step = "find out who wrote it, then DEL or RENAME it; work goes on by itself"
                _log.error("redis.wrong_type", key=key.name, reason=str(key), next_step=next_step)
        return bool(found)

    def _is_due_to_log(self, what: str) -> bool:
        now = monotonic()
        self._logged_at = {
            reason: at for reason, at in self._logged_at.items() if now - at < REFUSED_AGAIN_S
        }
        return self._logged_at.setdefault(what, now) == now


class _Reported:
    def __init__(self, outage: Outage) -> None:
        self._outage = outage

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> bool:
        """End it; an error of Redis ends here."""
        if isinstance(error, (RedisError, OSError)):
            self._outage.report(error)
            return True
        return False
