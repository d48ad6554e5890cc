"""The rights that a service needs in Redis: every command that it uses is tried once at start.

`deploy/redis/users.acl` grants just these; a test takes each away from each user.
"""

import json
from collections.abc import Awaitable, Sequence
from typing import cast

from redis.asyncio import Redis

from onduty_desk.lua.loader import source
from onduty_desk.model.keys import WAKE
from onduty_desk.process.redis_away import PAUSE_S

Command = Sequence[str]

OURS, OTHER, RQS = "onduty:probe", "onduty:probe:other", "rq:onduty-probe"
"""Keys that nobody uses; they are deleted after the try."""

SCRIPTS: Sequence[Command] = (
    ("EXISTS", OURS),
    ("SET", OURS, "1"),
    ("GET", OURS),
    ("MGET", OURS, OTHER),
    ("STRLEN", OURS),
    ("TYPE", OURS),
    ("EXPIRE", OURS, "9"),
    ("PEXPIRE", OURS, "9000"),
    ("PERSIST", OURS),
    ("TTL", OURS),
    ("INCR", OURS),
    ("RENAME", OURS, OTHER),
    ("DEL", OURS, OTHER),
    ("HSET", OURS, "f", "1"),
    ("HSETNX", OURS, "f", "1"),
    ("HINCRBY", OURS, "f", "1"),
    ("HGET", OURS, "f"),
    ("HMGET", OURS, "f"),
    ("HGETALL", OURS),
    ("HKEYS", OURS),
    ("HLEN", OURS),
    ("HEXISTS", OURS, "f"),
    ("HDEL", OURS, "f"),
    ("DEL", OURS),
    ("ZADD", OURS, "1", "m"),
    ("ZCARD", OURS),
    ("ZCOUNT", OURS, "0", "1"),
    ("ZLEXCOUNT", OURS, "-", "+"),
    ("ZRANGE", OURS, "0", "-1"),
    ("ZSCORE", OURS, "m"),
    ("ZMSCORE", OURS, "m"),
    ("ZUNIONSTORE", OTHER, "1", OURS),
    ("ZREMRANGEBYRANK", OURS, "5", "6"),
    ("ZREMRANGEBYSCORE", OURS, "5", "6"),
    ("ZREM", OURS, "m"),
    ("DEL", OURS, OTHER),
    ("LPUSH", OURS, "m"),
    ("RPUSH", OURS, "m"),
    ("LINDEX", OURS, "0"),
    ("LLEN", OURS),
    ("LRANGE", OURS, "0", "-1"),
    ("LSET", OURS, "0", "m"),
    ("LTRIM", OURS, "0", "5"),
    ("LPOP", OURS),
    ("DEL", OURS),
    ("SADD", OURS, "m"),
    ("SMEMBERS", OURS),
    ("SREM", OURS, "m"),
    ("PUBLISH", WAKE, ""),
    ("TIME",),
)
"""What the desk's scripts do, which both services call."""

OF_THE_BOT: Sequence[Command] = (
    ("INCRBY", OURS, "1"),
    ("DEL", OURS),
    ("ZRANK", OURS, "m"),
    ("ZREVRANGE", OURS, "0", "-1"),
    ("ZRANGEBYSCORE", OURS, "0", "1"),
    ("SCAN", "0", "COUNT", "1"),
)
"""What the bot does besides."""

OF_THE_DISPATCHER: Sequence[Command] = (
    ("SCAN", "0", "COUNT", "1"),
    ("RPUSH", RQS, "m"),
    ("LPOS", RQS, "m"),
    ("LMOVE", RQS, RQS, "LEFT", "RIGHT"),
    ("BLMOVE", RQS, RQS, "LEFT", "RIGHT", "1"),
    ("LREM", RQS, "1", "m"),
    ("DEL", RQS),
    ("HINCRBYFLOAT", RQS, "f", "1"),
    ("DEL", RQS),
    ("SCARD", RQS),
    ("XADD", RQS, "*", "f", "1"),
    ("XREVRANGE", RQS, "+", "-", "COUNT", "1"),
    ("DEL", RQS),
    ("ZRANGEBYSCORE", RQS, "0", "1"),
)
"""What a dispatcher does besides, with the commands of RQ's workers."""

BESIDES = {"onduty_bot": OF_THE_BOT, "onduty_dispatcher": OF_THE_DISPATCHER}
"""By the package of a service."""


async def use_rights(redis: Redis, *packages: str) -> None:
    """Use each right once that the desk's scripts need, and those of these services.

    Raises `NoPermissionError`, or what `as_cannot_now` makes of it, if the Redis user lacks one.
    """
    commands = [*SCRIPTS, *(one for package in packages for one in BESIDES[package])]
    use = source("process/use_commands")
    await cast("Awaitable[str]", redis.eval(use, 0, json.dumps(commands)))
    async with redis.pubsub() as channel:
        await channel.subscribe(WAKE)
        await channel.get_message(timeout=PAUSE_S)
