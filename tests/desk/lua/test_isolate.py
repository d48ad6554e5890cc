"""An error of one entry is its own answer; a state of Redis ends the call, in Redis's own words."""

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty_desk.lua.loader import put_together
from onduty_desk.process.redis_away import state_of
from servers import Valkey

SCRIPT = """
local isolate = require 'lua'
local answer = isolate.call(function()
  return redis.call(ARGV[1], 'k', 'v')
end)
return answer
"""


async def test_an_error_of_one_entry_is_its_answer(redis: Redis) -> None:
    """Those behind it in the call go on."""
    await redis.lpush("k", "a list")
    answer = await redis.eval(
        put_together(SCRIPT.replace("return answer", "return { answer, 'next' }"), "a test"),
        0,
        "APPEND",
    )
    assert isinstance(answer[0], RedisError)
    assert answer[1] == "next"


async def test_a_state_of_redis_ends_the_call_in_redis_s_words(own_valkey: Valkey) -> None:
    """A process that is answered so waits for Redis, and does not report a bug."""
    async with Redis.from_url(own_valkey.url, decode_responses=True) as redis:
        await redis.execute_command("REPLICAOF", "127.0.0.1", "1")  # type: ignore[no-untyped-call]  # redis-py gives it no types
        with pytest.raises(RedisError) as raised:
            await redis.eval(put_together(SCRIPT, "a test"), 0, "SET")
    assert str(raised.value).startswith(("READONLY", "You can't write against a read only replica"))
    assert "user_script:" not in str(raised.value).split(" script:", maxsplit=1)[0]
    assert state_of(raised.value) == "READONLY"
