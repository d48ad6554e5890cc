"""Every odd job at once, with real dispatchers: none ends, and the next customer is shown."""

from redis import Redis
from rq import Queue

from odd_jobs import ALL, BROKEN_MESSAGES, MESSAGE, READABLE, UNUSABLE
from onduty.wire import NOTIFY_OPERATORS, QUEUES
from waiting import until

from .conftest import Desk

REGISTRIES = ("wip", "failed", "finished", "scheduled", "deferred", "canceled")


async def test_no_odd_job_stops_the_desk(redis_url: str, desk: Desk) -> None:
    """In all queues and registries, before the dispatchers start and while they work."""
    redis = Redis.from_url(redis_url)

    def push(when: str) -> None:
        with redis.pipeline() as together:
            for n, shape in enumerate(ALL):
                queue = list(QUEUES.values())[n % len(QUEUES)]
                together.hset(f"rq:job:{when}-{n}-q", mapping=shape.fields)  # type: ignore[arg-type]
                together.rpush(f"rq:queue:{queue}", f"{when}-{n}-q")
                registry = REGISTRIES[n % len(REGISTRIES)]
                together.hset(f"rq:job:{when}-{n}", mapping=shape.fields)  # type: ignore[arg-type]
                together.zadd(f"rq:{registry}:onduty-normal", {f"{when}-{n}": 1})
                together.rpush("rq:queue:onduty-low:intermediate", f"{when}-{n}-q")
            together.execute()

    push("before")
    services = await desk.start("bot", "dispatcher", "dispatcher")
    anna = await desk.operator(101, "Anna")
    push("later")
    urgent = Queue("onduty-urgent", connection=redis, serializer="json")
    urgent.enqueue(NOTIFY_OPERATORS, MESSAGE | {"text": "Is anybody there?", "priority": "urgent"})
    await anna.wait_for("Is anybody there?", timeout_s=20)

    def left() -> int:
        return sum(redis.llen(f"rq:queue:{queue}") for queue in QUEUES.values()) + sum(
            redis.zcard(f"rq:{registry}:onduty-normal") for registry in REGISTRIES
        )

    await until(left, equals=0)
    assert [service.returncode for service in services] == [None] * 3
    canceled = sum(n % len(REGISTRIES) == len(REGISTRIES) - 1 for n in range(len(READABLE)))
    unusable = 2 * len([*UNUSABLE, *BROKEN_MESSAGES])
    assert redis.zcard("onduty:failed") == 2 * (unusable + canceled)
