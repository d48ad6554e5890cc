"""Delivers events as RQ jobs, for backends that have RQ workers."""

import asyncio
import json
from datetime import timedelta

from redis import Redis
from redis.exceptions import WatchError
from rq import Queue, Retry
from rq.job import Job

from onduty.wire import EVENT_JOB_ID, EVENTS_QUEUE
from onduty_desk.events.queue import DueEvent, NotConfirmed
from onduty_desk.model.event_keys import events_trying_key

_FAILED_JOB_KEPT_S = 7 * 24 * 3600
"""A dispatcher takes it over long before (`failed_events.py`)."""

_RESULT_OF_A_REPLY_KEPT_S = 24 * 3600
"""The author of an answer is shown that it was confirmed: `FinishedJobs` looks each second."""

TRIED_AGAIN = 5
"""How often RQ's worker retries, without pauses: those would need an RQ scheduler."""

_ANOTHER = NotConfirmed("another dispatcher has the lease")


class EventJobs:
    """Enqueues events for a function of the backend, named `module.function`.

    To enqueue an event about an answer does not confirm it: that does the end of its job.

    A job that no worker takes within `retention` expires, because it may hold personal data.
    """

    confirms = False

    def __init__(self, connection: Redis, function: str, *, retention: timedelta) -> None:
        self._connection = connection
        self._function = function
        self._ttl_s = int(retention.total_seconds())
        self._queue = Queue(EVENTS_QUEUE, connection=connection, serializer="json")

    async def deliver(self, event: DueEvent) -> NotConfirmed | None:
        """Enqueue the event; return None, or why not. A repeated event has the same job id.

        After `RedisError` or `OSError` it may have been enqueued or not.
        """
        return await asyncio.to_thread(self._enqueue, event)

    def _enqueue(self, event: DueEvent) -> NotConfirmed | None:
        # Jobs of a conversation are enqueued in order: if this process was frozen for so long that
        # another one has the lease, the transaction changes nothing.
        lease_key = events_trying_key(event.conversation_id)
        job = self._job(event)
        with self._connection.pipeline(transaction=True) as transaction:
            transaction.watch(lease_key)  # type: ignore[no-untyped-call]  # redis-py gives it no types
            lease = transaction.hget(lease_key, "lease")
            if lease != event.lease.encode():
                return _ANOTHER
            transaction.multi()
            self._queue.enqueue_job(job, pipeline=transaction)
            try:
                transaction.execute()
            except WatchError:
                return _ANOTHER
        return None

    def _job(self, event: DueEvent) -> Job:
        # No text of a customer or an operator here: RQ logs the description.
        fields = json.loads(event.json)
        return self._queue.create_job(
            self._function,
            args=[fields],
            job_id=f"{EVENT_JOB_ID}{event.id}",
            ttl=self._ttl_s,
            result_ttl=_RESULT_OF_A_REPLY_KEPT_S if "reply_id" in fields else 0,
            failure_ttl=_FAILED_JOB_KEPT_S,
            retry=Retry(max=TRIED_AGAIN),
            description=f"event {event.id}",
        )
