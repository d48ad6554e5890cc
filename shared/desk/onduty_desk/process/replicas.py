"""Waits until replicas of Redis have what was just written."""

from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty.wire import WAITED

WITHIN_MS = 2_000


class ReplicasBehind(RedisError):  # noqa: N818 - it passes; what was written is written again
    """Too few replicas have it: write it again, or go on without."""


async def wait_for_replicas(redis: Redis, number: int) -> None:
    """Return when so many replicas have all that was written before; at once for none.

    Raises:
        ReplicasBehind: they do not, within two seconds.
    """
    if not number:
        return
    # WAIT counts the replicas that have what its own connection wrote. Replicas get writes in
    # order, so one that has this small one has those before it too.
    async with redis.pipeline(transaction=False) as together:
        together.set(WAITED, 1, px=1_000)
        together.wait(number, WITHIN_MS)
        _, have_it = await together.execute()
    if have_it < number:
        raise ReplicasBehind(f"{have_it} of {number} replicas have what was written")
