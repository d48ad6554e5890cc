"""Whatever RQ's registries hold is looked at: what is due is taken, what nobody waits for goes."""

from datetime import timedelta

import pytest
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from rq import Queue

from odd_jobs import MESSAGE, READABLE, UNUSABLE, call
from onduty.wire import NOTIFY_OPERATORS, ROUTE
from onduty_desk.failures.failures import Failures
from onduty_dispatcher.wake_ups import held_jobs, registries
from onduty_dispatcher.wake_ups.abandoned import Abandoned
from onduty_dispatcher.wake_ups.held_jobs import HeldJob, forget

from .rq_jobs import check, is_accepted, list_as, the_failure


@pytest.mark.parametrize("registry", ["finished", "deferred", "ready", "scheduled"])
async def test_every_registry_is_looked_at(
    redis: Redis, rq: BlockingRedis, abandoned: Abandoned, registry: str
) -> None:
    """What RQ calls finished or lets wait is a customer's message too."""
    list_as(rq, registry, {b"odd": UNUSABLE[0], b"beside": READABLE[0]})
    await abandoned.take_over()
    assert await is_accepted(redis, "beside")
    await check(redis, UNUSABLE[0])
    assert rq.keys("rq:*") == []


async def test_a_canceled_job_is_not_sent_but_told(
    redis: Redis, rq: BlockingRedis, abandoned: Abandoned
) -> None:
    """Its producer wanted that, or somebody's finger slipped: a person can still send it."""
    list_as(rq, "canceled", {b"odd": READABLE[0]})
    await abandoned.take_over()
    assert not await is_accepted(redis)
    failure = await the_failure(redis)
    assert "was canceled in RQ" in failure["reason"]
    assert failure["message"] == MESSAGE
    assert rq.keys("rq:*") == []


@pytest.mark.parametrize("registry", ["scheduled", "deferred", "intermediate"])
async def test_what_another_dispatcher_takes_meanwhile_is_no_lost_job(
    redis: Redis,
    rq: BlockingRedis,
    abandoned: Abandoned,
    monkeypatch: pytest.MonkeyPatch,
    registry: str,
) -> None:
    """Between the list of ids and a job's hash, it was taken: its message is not told as gone."""
    if registry == "intermediate":
        monkeypatch.setattr(registries, "POPPED_FOR_S", -1)
        rq.rpush("rq:queue:onduty-normal:intermediate", "odd")
        rq.hset("rq:job:odd", mapping=READABLE[0].fields)  # type: ignore[arg-type]
    else:
        list_as(rq, registry, {b"odd": READABLE[0]})

    def find(connection: BlockingRedis, queue: str, raw_id: bytes) -> HeldJob:
        forget(rq, held_jobs.find(rq, queue, raw_id))
        return held_jobs.find(connection, queue, raw_id)

    monkeypatch.setattr(registries, "find", find)
    await abandoned.take_over()
    assert await Failures(redis).all() == {}


@pytest.fixture
def queue(rq: BlockingRedis) -> Queue:
    return Queue("onduty-normal", connection=rq, serializer="json")


async def test_what_is_scheduled_comes_in_its_time(
    redis: Redis, queue: Queue, abandoned: Abandoned
) -> None:
    """`enqueue_in` needs no scheduler: the dispatchers take what is due."""
    due = queue.enqueue_in(timedelta(seconds=-1), NOTIFY_OPERATORS, MESSAGE)
    later = queue.enqueue_in(timedelta(hours=1), NOTIFY_OPERATORS, MESSAGE)
    unknown = queue.enqueue_in(timedelta(seconds=-1), "shop.tell", MESSAGE)
    await abandoned.take_over()
    assert await is_accepted(redis, due.id)
    assert not await is_accepted(redis, later.id)
    assert (await the_failure(redis))["job"] == unknown.id
    assert queue.scheduled_job_registry.get_job_ids(cleanup=False) == [later.id]


async def test_what_waits_for_another_job_waits_no_longer(
    redis: Redis, rq: BlockingRedis, queue: Queue, abandoned: Abandoned
) -> None:
    """A customer does not depend on a job that may never end."""
    first = Queue("shop", connection=rq, serializer="json").enqueue("shop.first")
    dependent = queue.enqueue(NOTIFY_OPERATORS, MESSAGE, depends_on=first)
    assert queue.deferred_job_registry.get_job_ids(cleanup=False) == [dependent.id]
    await abandoned.take_over()
    assert await is_accepted(redis, dependent.id)
    assert queue.deferred_job_registry.get_job_ids(cleanup=False) == []


async def test_what_rq_holds_back_for_a_rate_limit_is_taken(
    redis: Redis, rq: BlockingRedis, abandoned: Abandoned
) -> None:
    """The desk has a pace of its own; another queue's jobs stay where they are."""
    for job_id, origin in ((b"ours", b"onduty-normal"), (b"theirs", b"shop")):
        fields = READABLE[0].fields | {b"origin": origin, b"rate_limit_key": b"shop"}
        rq.hset(b"rq:job:" + job_id, mapping=fields)  # type: ignore[arg-type]
        rq.zadd("rq:rl:shop:rate_limited", {job_id: 1})
    rq.sadd("rq:rl-keys", "shop")
    await abandoned.take_over()
    assert await is_accepted(redis, "ours")
    assert rq.zrange("rq:rl:shop:rate_limited", 0, -1) == [b"theirs"]


@pytest.mark.parametrize(
    "key", ["queue:onduty-normal:intermediate", "wip:onduty-normal", "rl-keys"]
)
async def test_a_registry_of_a_wrong_type_keeps_no_other(
    redis: Redis, rq: BlockingRedis, abandoned: Abandoned, key: str
) -> None:
    """Another program wrote over one of RQ's lists; the others are read."""
    rq.set(f"rq:{key}", "text")
    rq.hset("rq:job:odd", mapping={"data": call()})
    rq.zadd("rq:failed:onduty-normal", {"odd": 1})
    await abandoned.take_over()
    assert await is_accepted(redis)


async def test_ids_without_a_hash_leave_rq_in_silence(
    redis: Redis, rq: BlockingRedis, abandoned: Abandoned
) -> None:
    """What RQ lists as done or given up, and has let expire, is nobody's message any more."""
    for registry in ("failed", "finished", "canceled"):
        rq.zadd(f"rq:{registry}:onduty-normal", {"expired": 1})
    await abandoned.take_over()
    assert await Failures(redis).all() == {}
    assert rq.keys("rq:*") == []


async def test_a_wake_up_needs_no_message(redis: Redis, queue: Queue, abandoned: Abandoned) -> None:
    """One that RQ has given up is cleared; routing needs none."""
    job = queue.enqueue(ROUTE)
    queue.failed_job_registry.add(job, ttl=60)
    await abandoned.take_over()
    assert await Failures(redis).all() == {}
    assert queue.failed_job_registry.get_job_ids(cleanup=False) == []
