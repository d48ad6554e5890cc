"""Takes over what RQ gives up: a plain job whose lane died holds a customer's message.

RQ finds such a job after a minute or more and then only lists it as failed, because a backend
that knows RQ alone sets no `Retry`. Accepting a message twice changes nothing, so whatever is in
RQ's hands is simply accepted here, done by a living lane or not.
"""

import asyncio
from collections.abc import Iterator

import structlog
from redis import Redis
from rq import Queue
from rq.exceptions import DeserializationError
from rq.job import Job
from rq.serializers import JSONSerializer

from onduty.wire import NOTIFY_OPERATORS, QUEUES, ROUTE
from onduty_dispatcher.jobs import Jobs

_log = structlog.get_logger()


class Abandoned:
    """What lies in RQ's hands: popped, started, or listed as failed."""

    def __init__(self, connection: Redis, jobs: Jobs) -> None:
        self._connection = connection
        self._jobs = jobs

    async def take_over(self) -> None:
        """Accept the messages of such jobs, and clear those that RQ has given up.

        Run twice, or by two dispatchers at once, it changes nothing more.
        """
        for job, has_failed in await asyncio.to_thread(list, self._found()):
            if job.func_name == NOTIFY_OPERATORS:
                await self._jobs.notify_operators(job.id, *job.args)
            if has_failed and job.func_name in {NOTIFY_OPERATORS, ROUTE}:
                _log.warning("job.taken_over", job=job.id, function=job.func_name)
                await asyncio.to_thread(self._forget, job)

    def _forget(self, job: Job) -> None:
        # Job.delete raises when the record of an execution has expired, as a dead lane's has.
        queue = Queue(job.origin, connection=self._connection, serializer="json")
        with self._connection.pipeline(transaction=True) as transaction:
            transaction.zrem(queue.failed_job_registry.key, job.id)
            results, executions = f"rq:results:{job.id}", job.execution_registry.key
            transaction.delete(job.key, results, executions)
            transaction.execute()

    def _found(self) -> Iterator[tuple[Job, bool]]:
        for name in QUEUES.values():
            queue = Queue(name, connection=self._connection, serializer="json")
            failed = queue.failed_job_registry.get_job_ids(cleanup=False)
            held = queue.intermediate_queue.get_job_ids()
            held += queue.started_job_registry.get_job_ids(cleanup=False)
            ids = list(dict.fromkeys([*failed, *held]))
            for job in Job.fetch_many(ids, self._connection, serializer=JSONSerializer):
                if job is not None and _is_readable(job):
                    yield job, job.id in failed


def _is_readable(job: Job) -> bool:
    try:
        return job.func_name == ROUTE or len(job.args) == 1
    except DeserializationError:  # not JSON: RQ keeps it in its failed list
        return False
