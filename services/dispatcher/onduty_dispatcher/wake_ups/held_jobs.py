"""Reads and deletes RQ's jobs by id, because RQ's own code raises on an invalid job."""

import re
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import ResponseError
from rq import Queue
from rq.job import JOB_ID_PATTERN

from onduty.wire import WAKE_UP_ID
from onduty_desk.process.redis_away import is_of_wrong_type
from onduty_desk.texts.reasons import printable_line
from onduty_dispatcher.wake_ups.rq_data import Asks, Unusable, asks_of

RESULT_KEPT_S = 500
"""RQ's default, and here the maximum, because a job holds a customer's text."""

REGISTRIES = ("wip", "failed", "finished", "scheduled", "deferred", "ready", "canceled")
"""Where RQ lists the jobs of a queue: sorted sets `rq:<registry>:<queue>`."""

RATE_LIMITS = b"rq:rl-keys"
MOST_OF_AN_ID = 128
_WHOLE = re.compile(rb"\d{1,9}")


@dataclass(frozen=True)
class HeldJob:
    """A job of one of our queues."""

    queue: str
    raw_id: bytes
    asks: Asks
    result_ttl_s: int = RESULT_KEPT_S
    rate_limit: bytes = b""

    @property
    def id(self) -> str:
        """The id as text, with escapes for invalid UTF-8."""
        return self.raw_id.decode("utf-8", "backslashreplace")

    @property
    def shown_id(self) -> str:
        """The id as people see it, in logs and in the failed list."""
        return printable_line(self.id, MOST_OF_AN_ID)

    @property
    def is_wake_up(self) -> bool:
        """Whether it is a wake-up, by its id."""
        return self.raw_id.startswith(WAKE_UP_ID.encode())

    @property
    def rq_knows_such_ids(self) -> bool:
        """Whether RQ's own code accepts the id; a long one would be part of a dozen keys."""
        return len(self.raw_id) <= MOST_OF_AN_ID and bool(JOB_ID_PATTERN.fullmatch(self.id))


def find(redis: Redis, queue: str, raw_id: bytes) -> HeldJob:
    """Read one job. Raises only if Redis is away."""
    try:
        fields: dict[bytes, bytes] = redis.hgetall(job_key(raw_id))  # type: ignore[assignment]
    except ResponseError as error:
        if not is_of_wrong_type(error):
            raise
        return HeldJob(queue, raw_id, Unusable("what stands under the job's id is no hash"))
    asked = fields.get(b"result_ttl") or b""
    kept_s = min(int(asked), RESULT_KEPT_S) if _WHOLE.fullmatch(asked) else RESULT_KEPT_S
    limit = fields.get(b"rate_limit_key") or b""
    return HeldJob(queue, raw_id, asks_of(fields), kept_s, limit)


def forget(redis: Redis, job: HeldJob) -> None:
    """Delete everything that RQ keeps of a job. Running it twice changes nothing more."""
    raw_id = job.raw_id
    with redis.pipeline(transaction=True) as transaction:
        transaction.lrem(intermediate_key(job.queue), 0, raw_id)  # type: ignore[arg-type]
        for registry in REGISTRIES:
            transaction.zrem(f"rq:{registry}:{job.queue}", raw_id)
        if job.rate_limit:
            for state in (b":allowed", b":rate_limited"):
                transaction.zrem(b"rq:rl:" + job.rate_limit + state, raw_id)
        key = job_key(raw_id)
        transaction.delete(key, key + b":dependents", key + b":dependencies")
        transaction.delete(b"rq:results:" + raw_id, b"rq:executions:" + raw_id)
        answers = transaction.execute(raise_on_error=False)
    for answer in answers:
        if isinstance(answer, ResponseError) and not is_of_wrong_type(answer):
            raise answer


def forget_wake_up(redis: Redis, job: HeldJob) -> None:
    """Delete a wake-up that a lane has popped: RQ has begun nothing with it."""
    with redis.pipeline(transaction=False) as both:
        both.delete(job_key(job.raw_id))
        both.lrem(intermediate_key(job.queue), 1, job.raw_id)  # type: ignore[arg-type]
        both.execute()


def job_key(raw_id: bytes) -> bytes:
    """Return the key of a job's hash."""
    return b"rq:job:" + raw_id


def intermediate_key(queue: str) -> str:
    """Return the key of the list of jobs that lanes have popped and not begun."""
    return f"{Queue.redis_queue_namespace_prefix}{queue}:intermediate"
