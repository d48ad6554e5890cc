"""A sender's first step, and the state that a delivery is in."""

from redis.asyncio import Redis

from onduty_desk.model.keys import deliveries_key
from onduty_desk.phones.outbox import Outbox, Taken


async def take_one(outbox: Outbox) -> Taken:
    (taken,), _ = await outbox.take(10)
    return taken


async def state(redis: Redis, message: str) -> str | bytes | None:
    return await redis.hget(deliveries_key(message), "1")
