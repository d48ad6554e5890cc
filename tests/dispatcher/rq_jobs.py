"""Jobs in RQ's registries, and what has become of them."""

from redis import Redis as BlockingRedis
from redis.asyncio import Redis

from odd_jobs import Shape
from onduty_desk.failures.failures import Failure, Failures


async def the_failure(redis: Redis) -> Failure:
    (failure,) = (await Failures(redis).all()).values()
    return failure


async def is_accepted(redis: Redis, message_id: str = "odd") -> bool:
    return await redis.exists(f"onduty:message:{message_id}") == 1


async def check(redis: Redis, shape: Shape) -> None:
    """It became a customer's message, or stands on the failed list with its reason."""
    if shape.reason:
        assert shape.reason in (await the_failure(redis))["reason"]
        assert not await is_accepted(redis)
    else:
        assert await is_accepted(redis)
        assert await Failures(redis).all() == {}


def list_as(rq: BlockingRedis, registry: str, jobs: dict[bytes, Shape]) -> None:
    for job_id, shape in jobs.items():
        rq.hset(b"rq:job:" + job_id, mapping=shape.fields)  # type: ignore[arg-type]
        rq.zadd(f"rq:{registry}:onduty-normal", {job_id: 1})
