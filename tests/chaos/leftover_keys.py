"""Finds the keys that nobody will ever remove: those without an expiry whose owner is not there."""

import re
from typing import cast

from redis.asyncio import Redis

from onduty_desk.keys import FAILED, FAILURES, ON_DUTY, SET_ASIDE, SIGNED_OUT, OperatorId, duty_key

_RQ_OWN = re.compile(r"rq:(queues|workers|workers:onduty-\w+|clean_registries:.*|worker:.*)")
"""RQ's lists of its queues and workers. A worker's own hash expires by itself."""

_RQ_HOLDER = re.compile(r"rq:(queue|wip|failed|finished|canceled|deferred|scheduled):")
_RQ_JOB = re.compile(r"rq:job:([^:]+)")
"""Not `rq:results:<job>`: RQ forgets to let those of a failed job expire."""


async def ownerless(redis: Redis) -> list[str]:
    """Return them; called when nothing is on its way any more.

    Owners are those that keys.py names: operators on duty own their hash, the rosters their
    members, the failed list what was given up, and RQ the jobs in its queues and registries.
    """
    keys = [key async for key in redis.scan_iter(count=1000)]
    async with redis.pipeline(transaction=False) as pipeline:
        for key in keys:
            pipeline.ttl(key)
        ttls = cast("list[int]", await pipeline.execute())
    on_duty = cast("list[str]", await redis.zrange(ON_DUTY, 0, -1))
    owned = {ON_DUTY, duty_key("support"), FAILED, FAILURES, SET_ASIDE, SIGNED_OUT}
    owned |= {f"onduty:operator:{OperatorId(int(member))}" for member in on_duty}
    jobs = await _jobs_of_rq(redis)
    return [
        key
        for key, ttl in zip(keys, ttls, strict=True)
        if ttl == -1 and key not in owned and not _RQ_OWN.fullmatch(key) and not _is_held(key, jobs)
    ]


async def _jobs_of_rq(redis: Redis) -> set[str]:
    """Return the ids of jobs that RQ still holds somewhere, and the keys that hold them."""
    held: set[str] = set()
    async for key in redis.scan_iter(match="rq:*", count=1000):
        if not _RQ_HOLDER.match(key):
            continue
        if await redis.type(key) == "list":
            members = cast("list[str]", await redis.lrange(key, 0, -1))
        elif await redis.type(key) == "zset":
            members = cast("list[str]", await redis.zrange(key, 0, -1))
        else:
            continue
        held |= {key, *(member.partition(":")[0] for member in members)}
    return held


def _is_held(key: str, jobs: set[str]) -> bool:
    job = _RQ_JOB.match(key)
    return key in jobs or bool(job and job[1] in jobs)
