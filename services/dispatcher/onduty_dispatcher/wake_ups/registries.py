"""Finds the jobs of our queues that RQ holds: popped, begun, and in its registries."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from redis import Redis
from redis.exceptions import ResponseError

from onduty.wire import QUEUES
from onduty_desk.process.redis_away import is_of_wrong_type
from onduty_dispatcher.wake_ups.held_jobs import (
    RATE_LIMITS,
    HeldJob,
    find,
    intermediate_key,
    job_key,
)
from onduty_dispatcher.wake_ups.rq_data import Missing

MOST_A_LOOK = 500
"""Entries of a registry that are read at once; the next look finds the others."""

POPPED_FOR_S = 60.0
"""After this time a job that was popped and not begun has lost its lane; it takes milliseconds."""

CLOCKS_APART_S = 5.0

_GIVEN_UP = ("failed", "finished", "deferred", "ready", "canceled")
"""No lane works on these: lanes list nothing as finished, and support no dependencies."""

_log = structlog.get_logger()


@dataclass(frozen=True)
class Found:
    """A job, and where it was found."""

    job: HeldJob
    registry: str
    entry: bytes
    is_over: bool
    """No lane works on it, or will."""


class Registries:
    """RQ's lists of our jobs, read one job at a time."""

    def __init__(self, connection: Redis) -> None:
        self._connection = connection
        self._popped: dict[tuple[str, bytes], float] = {}
        self._complained: set[str] = set()

    def look(self) -> Iterator[Found]:
        """Yield the jobs that they hold, of many only a part. Raises if Redis is away.

        Another dispatcher removes a job's hash and its entries in one transaction: a job without a
        hash that is not listed any more was taken by it, and is not yielded.
        """
        for found in self._listed():
            if not isinstance(found.job.asks, Missing) or self._is_listed(found):
                yield found

    def _listed(self) -> Iterator[Found]:
        popped = self._popped
        self._popped = {}
        for queue in QUEUES.values():
            key = intermediate_key(queue)
            for raw_id in self._members(key):
                since = popped.get((queue, raw_id), time.monotonic())
                self._popped[queue, raw_id] = since
                is_over = time.monotonic() - since > POPPED_FOR_S
                yield self._found(queue, raw_id, "intermediate", raw_id, is_over=is_over)
            for entry, ends_at in self._scored(f"rq:wip:{queue}", "+inf"):
                raw_id = entry.rpartition(b":")[0] or entry
                is_over = ends_at + CLOCKS_APART_S < time.time()
                yield self._found(queue, raw_id, "wip", entry, is_over=is_over)
            for registry in _GIVEN_UP:
                for raw_id, _ in self._scored(f"rq:{registry}:{queue}", "+inf"):
                    yield self._found(queue, raw_id, registry, raw_id, is_over=True)
            for raw_id, _ in self._scored(f"rq:scheduled:{queue}", time.time()):
                yield self._found(queue, raw_id, "scheduled", raw_id, is_over=True)
        yield from self._held_back()

    def _held_back(self) -> Iterator[Found]:
        """Yield ours among the jobs that wait for a rate limit of RQ, which we do not apply."""
        for limit in self._members(RATE_LIMITS.decode(), is_set=True):
            waiting = f"rq:rl:{limit.decode(errors='replace')}:rate_limited"
            for raw_id, _ in self._scored(waiting, "+inf"):
                origin = self._origin(raw_id)
                if origin in QUEUES.values():
                    yield self._found(origin, raw_id, "rate_limited", raw_id, is_over=True)

    def _found(
        self, queue: str, raw_id: bytes, registry: str, entry: bytes, *, is_over: bool
    ) -> Found:
        return Found(find(self._connection, queue, raw_id), registry, entry, is_over)

    def _is_listed(self, found: Found) -> bool:
        queue, entry = found.job.queue, found.entry
        is_list = found.registry == "intermediate"
        key = intermediate_key(queue) if is_list else f"rq:{found.registry}:{queue}"
        look_up = self._connection.lpos if is_list else self._connection.zscore
        return look_up(key, entry) is not None  # type: ignore[arg-type]

    def _members(self, key: str, *, is_set: bool = False) -> list[bytes]:
        try:
            if is_set:
                return list(self._connection.smembers(key))  # type: ignore[arg-type]
            return self._connection.lrange(key, 0, MOST_A_LOOK - 1)  # type: ignore[return-value]
        except ResponseError as error:
            self._complain(key, error)
            return []

    def _scored(self, key: str, most: float | str) -> list[tuple[bytes, float]]:
        try:
            return self._connection.zrangebyscore(  # type: ignore[return-value]
                key, "-inf", most, start=0, num=MOST_A_LOOK, withscores=True
            )
        except ResponseError as error:
            self._complain(key, error)
            return []

    def _origin(self, raw_id: bytes) -> str:
        try:
            origin = self._connection.hget(job_key(raw_id), "origin")
        except ResponseError as error:
            self._complain(job_key(raw_id).decode(errors="replace"), error)
            return ""
        return origin.decode(errors="replace") if isinstance(origin, bytes) else ""

    def _complain(self, key: str, error: ResponseError) -> None:
        """Log once that another program has overwritten a key of RQ; raise any other error."""
        if not is_of_wrong_type(error):
            raise error
        if key not in self._complained:
            self._complained.add(key)
            _log.error("rq.wrong_type", key=key, next_step=f"look at it in Redis: TYPE {key}")
