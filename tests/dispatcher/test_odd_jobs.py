"""Whatever a producer writes into RQ's jobs is taken or set aside, and nothing behind it waits."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis import Redis as BlockingRedis
from redis.asyncio import Redis

from desk_at_work.fixtures import MoveClock
from odd_jobs import ALL, MESSAGE, READABLE, Shape, call
from onduty.connection import connect
from onduty.wire import WAKE_UP_ID
from onduty_desk.failures.failures import Failures
from onduty_dispatcher.jobs import Jobs
from onduty_dispatcher.wake_ups.abandoned import Abandoned
from onduty_dispatcher.wake_ups.lanes import Lanes
from waiting import until

from .rq_jobs import check, is_accepted, list_as, the_failure

shapes = pytest.mark.parametrize("shape", ALL, ids=lambda shape: shape.name.replace(" ", "_"))


@pytest.fixture
async def lane(redis: Redis, redis_url: str, jobs: Jobs) -> AsyncIterator[None]:
    """One lane at work."""
    connections: list[BlockingRedis] = []

    def opened() -> BlockingRedis:
        connections.append(connect(redis_url, timeout_s=10))
        return connections[-1]

    lanes = Lanes(opened, ["onduty-normal"], jobs.take, asyncio.get_running_loop())
    stopping = asyncio.Event()
    working = asyncio.create_task(lanes.run(stopping))
    yield
    stopping.set()
    await asyncio.sleep(0)
    await redis.rpush("rq:queue:onduty-normal", WAKE_UP_ID)  # else it waits for a job for a second
    await working
    assert len(connections) == 1, "the lane ended and began anew"


def push(rq: BlockingRedis, shape: Shape, job_id: bytes = b"odd") -> None:
    rq.hset(b"rq:job:" + job_id, mapping=shape.fields)  # type: ignore[arg-type]
    rq.rpush("rq:queue:onduty-normal", job_id)


@pytest.mark.usefixtures("lane")
@shapes
async def test_a_lane_takes_it_and_the_job_behind_it(
    redis: Redis, rq: BlockingRedis, shape: Shape
) -> None:
    """The lane goes on as it was, and RQ keeps nothing of what was put aside."""
    push(rq, shape)
    push(rq, READABLE[0], b"behind")
    await until(lambda: is_accepted(redis, "behind"))
    await check(redis, shape)
    await until(lambda: rq.lrange("rq:queue:onduty-normal:intermediate", 0, -1), equals=[])
    assert rq.zcard("rq:failed:onduty-normal") == 0
    assert rq.zcard("rq:scheduled:onduty-normal") == 0
    await until(lambda: rq.ttl("rq:job:odd") == (-2 if shape.reason else 500))


@shapes
async def test_a_look_at_what_rq_gave_up_takes_it(
    redis: Redis, rq: BlockingRedis, abandoned: Abandoned, shape: Shape
) -> None:
    """Twice, it changes nothing more; RQ keeps nothing of it; what stands beside it is taken."""
    list_as(rq, "failed", {b"odd": shape, b"beside": READABLE[0]})
    await abandoned.take_over()
    await abandoned.take_over()
    assert await is_accepted(redis, "beside")
    await check(redis, shape)
    assert rq.keys("rq:*") == []


@shapes
async def test_what_a_killed_lane_had_begun_is_taken(
    redis: Redis, rq: BlockingRedis, abandoned: Abandoned, shape: Shape
) -> None:
    """Popped by one lane, begun by another, and both are dead."""
    for job_id in (b"odd", b"beside"):
        fields = shape.fields if job_id == b"odd" else READABLE[0].fields
        rq.hset(b"rq:job:" + job_id, mapping=fields)  # type: ignore[arg-type]
    rq.rpush("rq:queue:onduty-normal:intermediate", "odd")
    rq.zadd("rq:wip:onduty-normal", {"beside:execution": 1})
    await abandoned.take_over()
    assert await is_accepted(redis, "beside")
    await check(redis, shape)
    assert rq.keys("rq:*beside*") == []


IDS = {
    "with a colon": b"order:17",
    "with a space": b"order 17",
    "in Cyrillic": "заказ".encode(),
    "no UTF-8": b"\xff\xfe",
    "very long": b"x" * 100_000,
    "empty": b"",
}


@pytest.mark.usefixtures("lane")
@pytest.mark.parametrize("job_id", IDS.values(), ids=IDS.keys())
async def test_an_id_that_rq_does_not_know(redis: Redis, rq: BlockingRedis, job_id: bytes) -> None:
    """A producer without RQ's library names its jobs as it likes."""
    push(rq, READABLE[0], job_id)
    push(rq, READABLE[0], b"behind")
    await until(lambda: is_accepted(redis, "behind"))
    assert len([key async for key in redis.scan_iter("onduty:message:*")]) == 2
    assert not rq.exists(b"rq:job:" + job_id)
    await until(lambda: rq.lrange("rq:queue:onduty-normal:intermediate", 0, -1), equals=[])


@pytest.mark.usefixtures("lane")
async def test_what_is_no_hash(redis: Redis, rq: BlockingRedis) -> None:
    """Another program wrote another type: that job alone is set aside."""
    rq.set("rq:job:odd", "text")
    rq.rpush("rq:queue:onduty-normal", "odd")
    push(rq, READABLE[0], b"behind")
    await until(lambda: is_accepted(redis, "behind"))
    assert "is no hash" in (await the_failure(redis))["reason"]


@pytest.mark.usefixtures("lane")
async def test_an_id_whose_hash_comes_a_moment_later(
    redis: Redis, rq: BlockingRedis, abandoned: Abandoned
) -> None:
    """A producer that pushes the id first loses nothing."""
    rq.rpush("rq:queue:onduty-normal", "odd")
    intermediate = "rq:queue:onduty-normal:intermediate"
    await until(lambda: rq.lrange(intermediate, 0, -1), equals=[b"odd"])
    await abandoned.take_over()
    assert await Failures(redis).all() == {}
    rq.hset("rq:job:odd", mapping={"data": call()})
    await abandoned.take_over()
    assert await is_accepted(redis)


async def test_an_id_whose_hash_never_comes(
    redis: Redis,
    rq: BlockingRedis,
    abandoned: Abandoned,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is told after a minute; a wake-up that somebody else took leaves nothing to tell."""
    intermediate = "rq:queue:onduty-normal:intermediate"
    rq.rpush(intermediate, "odd", f"{WAKE_UP_ID}0")
    await abandoned.take_over()
    assert rq.llen(intermediate) == 2
    monkeypatch.setattr("onduty_dispatcher.wake_ups.registries.POPPED_FOR_S", -1)
    await abandoned.take_over()
    assert "its hash was gone" in (await the_failure(redis))["reason"]
    assert rq.llen(intermediate) == 0


async def test_a_conversation_that_another_program_wrote_over(
    redis: Redis, rq: BlockingRedis, abandoned: Abandoned
) -> None:
    """Its message is put aside with the reason; RQ is not asked for it for ever."""
    await redis.set("onduty:inbox:c1", "text")
    rq.hset("rq:job:odd", mapping={"data": call(args=[MESSAGE | {"conversation_id": "c1"}])})
    rq.zadd("rq:failed:onduty-normal", {"odd": 1})
    await abandoned.take_over()
    assert "WRONGTYPE" in (await the_failure(redis))["reason"]
    assert rq.keys("rq:*") == []


async def test_old_failures_go_with_the_retention_time(
    redis: Redis,
    rq: BlockingRedis,
    abandoned: Abandoned,
    move_clock: MoveClock,
) -> None:
    """A customer's words that nobody could read are not kept longer than all others."""
    rq.zadd("rq:failed:onduty-normal", {"odd": 1})
    rq.hset("rq:job:odd", mapping={"data": call("shop.tell")})
    await abandoned.take_over()
    await move_clock(timedelta(days=29))
    await abandoned.take_over()
    assert (await the_failure(redis))["message"] == MESSAGE
    await move_clock(timedelta(days=31))
    await abandoned.take_over()
    assert await redis.keys("onduty:fail*") == []
