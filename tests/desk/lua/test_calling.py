"""Scripts are functions of a library that Redis keeps; versions of the desk do not meet there."""

import asyncio

from redis.asyncio import Redis

from onduty_desk.lua.calling import install, script
from onduty_desk.lua.loader import library

OLD = "onduty_desk_0123456789ab"
OLD_TEXT = f"""#!lua name={OLD}
redis.register_function('{OLD}_note', function() return 'old' end)
"""


async def names(redis: Redis) -> set[str]:
    return {str(entry[1]) for entry in await redis.function_list("onduty_desk_*")}


async def test_a_library_that_redis_has_lost_is_loaded_with_the_next_call(redis: Redis) -> None:
    """As after a failover to a server that never had it; many calls at once load it too."""
    sign_of_life = script(redis, "process/sign_of_life")
    await redis.function_flush()
    arguments: list[str | int] = ["alive", "unwell", "dispatcher", 20, "d1", "{}", "", 600]
    await asyncio.gather(*(sign_of_life(args=arguments) for _ in range(20)))
    assert await names(redis) == {library("onduty_desk").name}


async def test_who_starts_leaves_only_the_newest_library(redis: Redis, redis_url: str) -> None:
    """Whoever still runs another version loads its own again, and both work."""
    await redis.function_load(OLD_TEXT, replace=True)
    await redis.function_load("#!lua name=theirs\nredis.register_function('a', function() end)")
    await install(redis, "onduty_desk")
    assert await names(redis) == {library("onduty_desk").name}
    await redis.function_load(OLD_TEXT, replace=True)
    assert await redis.fcall(f"{OLD}_note", 0) == "old"
    assert await names(redis) == {library("onduty_desk").name, OLD}
    await asyncio.gather(*(install(redis, "onduty_desk") for _ in range(5)))
    assert await names(redis) == {library("onduty_desk").name}
    for protocol in (2, 3):
        await redis.function_load(OLD_TEXT, replace=True)
        async with Redis.from_url(f"{redis_url}?protocol={protocol}", decode_responses=True) as one:
            await install(one, "onduty_desk")
        assert await names(redis) == {library("onduty_desk").name}
    assert len(await redis.function_list("theirs")) == 1
    await redis.function_delete("theirs")


async def test_a_call_remembers_nothing_of_the_one_before(redis: Redis) -> None:
    """Not the time, not what it read: the parts outlive a call."""
    note = script(redis, "conversations/timers")
    rules = '{"return_ms": 1}'
    assert await note(args=[rules, 10]) == ["-1", []]
    await redis.hset("onduty:conversation:c1", mapping={"group": "g", "first_until_ms": "1"})
    await redis.zadd("onduty:due", {"c1": 1})
    assert await note(args=[rules, 10]) == ["-1", [["c1", "offered"]]]
    await redis.hset("onduty:conversation:c1", "first_until_ms", "2")
    await redis.zadd("onduty:due", {"c1": 1})
    assert await note(args=[rules, 10]) == ["-1", [["c1", "offered"]]]
