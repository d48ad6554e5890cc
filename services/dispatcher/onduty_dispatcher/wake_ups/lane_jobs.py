"""Gives RQ's worker jobs that were read by us, and that do only what they ask for."""

from collections.abc import Callable, Iterable
from typing import Self

from redis import Redis
from redis.client import Pipeline
from rq.job import Job, JobStatus
from rq.queue import Queue

from onduty_dispatcher.wake_ups.held_jobs import HeldJob, find, forget, forget_wake_up
from onduty_dispatcher.wake_ups.rq_data import Missing, Unusable, WakeUp

JOB_TIMEOUT_S = 60


class LaneJob(Job):
    """A job of ours as RQ's worker sees it: without retries, repeats, callbacks and webhooks.

    It is built from what we have read, so that no other field of its hash has any effect.
    """

    success_callback = failure_callback = stopped_callback = None
    work: Callable[[], bool]

    @classmethod
    def made_from(cls, held: HeldJob, queue: Queue, work: Callable[[], bool]) -> Self:
        """Return the job that does this work."""
        job = cls(held.id, connection=queue.connection, serializer="json")
        job.func_name, job.origin, job.work = "", queue.name, work
        job.timeout, job.result_ttl = JOB_TIMEOUT_S, held.result_ttl_s
        job.rate_limit_key = held.rate_limit.decode(errors="replace") or None
        return job

    def perform(self) -> None:
        """Do the work; RQ keeps no result of a job that was set aside.

        If it raises, RQ lists the job as failed, and the sweeper takes it over from there.
        """
        if not self.work():
            self.result_ttl = 0

    def _handle_success(
        self,
        result_ttl: int,  # noqa: ARG002 - RQ's signature
        pipeline: Pipeline,
        *_args: object,
        **_kwargs: object,
    ) -> None:
        """Only set the status: what RQ lists as finished was run by a foreign worker."""
        self.set_status(JobStatus.FINISHED, pipeline=pipeline)


def lane_queue(take: Callable[[HeldJob], bool]) -> type[Queue]:
    """Return a Queue that reads jobs with our code, and handles wake-ups and invalid ones itself.

    RQ's reader raises on an invalid job, which would end the lane; its bookkeeping raises on an
    invalid id, and costs 60 Redis commands a job. A wake-up needs none: what it is for has been
    accepted, and is found by each look at what has been.
    """

    class LaneQueue(Queue):
        @classmethod
        def dequeue_any(
            cls,
            queues: Iterable[Queue],
            timeout: int | None,
            connection: Redis,
            *_args: object,
            **_kwargs: object,
        ) -> tuple[Job, Queue] | None:
            """Wait for the next job; None if it was a wake-up or invalid, and is handled already.

            Raises `DequeueTimeout` if there is none, as RQ does.
            """
            (queue,) = queues
            popped = cls.lmove(connection, queue.key, timeout)
            if popped is None:
                return None
            held = find(connection, queue.name, popped[1])
            if isinstance(held.asks, Missing):
                # Its hash may be written a moment later: the sweeper waits for it.
                if held.is_wake_up:
                    forget(connection, held)
                return None
            if isinstance(held.asks, WakeUp):
                take(held)
                forget_wake_up(connection, held)
                return None
            if isinstance(held.asks, Unusable) or not held.rq_knows_such_ids:
                take(held)
                forget(connection, held)
                return None
            plain = Queue(queue.name, connection=connection, serializer="json")
            return LaneJob.made_from(held, plain, lambda: take(held)), plain

    return LaneQueue
