"""Puts something into Redis together with the job that wakes a dispatcher for it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.job import Job

from onduty.errors import DeskUnavailable
from onduty.message import Priority
from onduty.wire import QUEUES, ROUTE, WAITED, WAKE_UP_ID

_FAILED_WAKE_UP_KEPT_S = 7 * 24 * 3600


@dataclass(frozen=True)
class Accepting:
    """A script that accepts something, and the words for when Redis does not run it."""

    script: str
    arguments: Sequence[str]
    what: str
    advice: str


class Handover:
    """One transaction a call: all of it is in Redis, on enough replicas, or it raises."""

    def __init__(self, redis: Redis, *, timeout_s: float, wait_replicas: int) -> None:
        self._redis = redis
        self._timeout_s = timeout_s
        self._wait_replicas = wait_replicas
        self._queues = {
            priority: Queue(name, connection=redis, serializer="json")
            for priority, name in QUEUES.items()
        }

    def commit(self, accepting: Accepting, priority: Priority) -> None:
        """Run the script, and wake a dispatcher by the queue of this priority.

        Raises:
            DeskUnavailable: Redis did not do it, or did not say.
        """
        queue = self._queues[priority]
        try:
            with self._redis.pipeline(transaction=True) as transaction:
                # The wake-up comes first: RQ watches no key, but it ends an immediate-mode
                # pipeline that already holds commands with an error.
                queue.enqueue_job(_wake_up(queue), pipeline=transaction)
                transaction.eval(accepting.script, 0, *accepting.arguments)
                transaction.execute()
            have_it = self._replicas_that_have_it() if self._wait_replicas else 0
        except (RedisError, OSError) as error:
            raise DeskUnavailable(
                f"Redis did not take {accepting.what} ({error}); {accepting.advice}"
            ) from error
        if have_it < self._wait_replicas:
            raise DeskUnavailable(
                f"{have_it} of {self._wait_replicas} replicas have {accepting.what}; "
                f"{accepting.advice}"
            )

    def _replicas_that_have_it(self) -> int:
        # WAIT counts the replicas that have what its own connection wrote. Replicas get writes in
        # order, so one that has this small one, sent together with WAIT, has what went before too.
        with self._redis.pipeline(transaction=False) as together:
            together.set(WAITED, 1, px=1_000)
            together.wait(self._wait_replicas, int(self._timeout_s * 400))
            _, have_it = together.execute()
        return int(have_it)


def _wake_up(queue: Queue) -> Job:
    # No customer text here: RQ puts the description into logs and dashboards.
    return queue.create_job(
        ROUTE,
        job_id=f"{WAKE_UP_ID}{secrets.token_hex(8)}",
        timeout=60,
        result_ttl=0,
        failure_ttl=_FAILED_WAKE_UP_KEPT_S,
        description="route what has been accepted",
    )
