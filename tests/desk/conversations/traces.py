"""What Redis holds of the customer who is to be forgotten."""

import re

from redis.asyncio import Redis

TRACE = re.compile(r"\bc1\b|Alice|alice|Hello|parcel")
"""A conversation, its customer's name, and their words."""


async def value(redis: Redis, key: str) -> object:
    match await redis.type(key):
        case "string":
            return await redis.get(key)
        case "hash":
            return await redis.hgetall(key)
        case "list":
            return await redis.lrange(key, 0, -1)
        case "set":
            return await redis.smembers(key)
        case "zset":
            return await redis.zrange(key, 0, -1)
    return None  # gone meanwhile


async def traces(redis: Redis) -> list[tuple[str, object]]:
    """Return whatever in Redis names the customer, their words or their conversation."""
    found = [(str(key), await value(redis, str(key))) for key in await redis.keys("*")]
    return [one for one in found if TRACE.search(str(one)) and "decided" not in one[0]]
