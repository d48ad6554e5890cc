"""Waits until Redis's replicas have what was just written (`WAIT`)."""

from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty.wire import WAITED

WITHIN_MS = 2_000


class ReplicasBehind(RedisError):  # noqa: N818 - a state that ends; the write is repeated
    """Too few replicas have it: write it again, or go on without them."""


async def wait_for_replicas(redis: Redis, number: int) -> None:
    """Return when this many replicas have all that was written before; at once for 0.

    Raises:
        ReplicasBehind: too few replicas have it after two seconds.
    """
    if not number:
        return
    # WAIT counts the replicas that have what its own connection wrote. Replicas apply writes in
    # order, so one that has this small write has all earlier ones too.
    async with redis.pipeline(transaction=False) as pipeline:
        pipeline.set(WAITED, 1, px=1_000)
        pipeline.wait(number, WITHIN_MS)
        _, have_it = await pipeline.execute()
    if have_it < number:
        raise ReplicasBehind(f"{have_it} of {number} replicas have what was written")
