"""A plain RQ job is a customer's message: whatever becomes of its lane, it is accepted."""

from time import time

import pytest
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from rq import Queue
from rq.job_lifecycle import record_job_failure

from desk_at_work.fixtures import ComeOn
from onduty.connection import connect
from onduty.wire import NOTIFY_OPERATORS, ROUTE
from onduty_desk.failures.failures import Failures
from onduty_desk.model.keys import deliveries_key
from onduty_dispatcher.jobs import Jobs
from onduty_dispatcher.wake_ups.abandoned import Abandoned
from onduty_dispatcher.wake_ups.routing import Router

MESSAGE = {"text": "Hello", "customer_name": "Alice", "recipient": "The Shop"}


class Sender:
    def wake(self) -> None:
        """Nobody sends here."""


@pytest.fixture
def abandoned(redis: Redis, redis_url: str, router: Router) -> Abandoned:
    jobs = Jobs(redis, router, Sender(), Failures(redis))  # type: ignore[arg-type]
    return Abandoned(connect(redis_url, timeout_s=10), jobs)


@pytest.fixture
def queue(redis_url: str) -> Queue:
    return Queue("onduty-normal", connection=BlockingRedis.from_url(redis_url), serializer="json")


async def test_a_job_that_its_lane_took_to_the_grave(
    redis: Redis, queue: Queue, abandoned: Abandoned, come_on: ComeOn
) -> None:
    """It was popped, and nothing more: its message is offered, once, at the next look."""
    await come_on(101)
    job = queue.enqueue(NOTIFY_OPERATORS, MESSAGE)
    await redis.lmove(queue.key, queue.intermediate_queue_key, "LEFT", "RIGHT")
    await abandoned.take_over()
    await abandoned.take_over()
    assert await redis.hgetall(deliveries_key(job.id)) == {"101": "waiting"}
    assert await redis.zcard("onduty:messages:" + job.id) == 1


async def test_what_rq_has_given_up_leaves_nothing_behind(
    redis: Redis, queue: Queue, abandoned: Abandoned, come_on: ComeOn
) -> None:
    """The message is offered; the job, its result and the dead wake-up go."""
    await come_on(101)
    job, wake_up = queue.enqueue(NOTIFY_OPERATORS, MESSAGE), queue.enqueue(ROUTE)
    with queue.connection.pipeline() as transaction:
        for dead in (job, wake_up):
            queue.remove(dead, pipeline=transaction)
            record_job_failure(dead, "Job was stuck in intermediate queue.", transaction)
            transaction.zadd(dead.execution_registry.key, {"expired": time() + 600})
        transaction.execute()
    await abandoned.take_over()
    assert await redis.hgetall(deliveries_key(job.id)) == {"101": "waiting"}
    for kind in ("job", "results", "executions"):
        assert not [key async for key in redis.scan_iter(f"rq:{kind}:*")]
    assert queue.failed_job_registry.get_job_ids(cleanup=False) == []
