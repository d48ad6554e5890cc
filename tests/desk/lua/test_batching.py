"""Scripts that are run once for many: each entry has its own answer."""

import asyncio

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from onduty_desk.lua.batching import MOST_AT_ONCE, Batching
from onduty_desk.lua.loader import put_together

DOUBLE = """local isolate = require 'lua'
redis.call('INCR', 'calls')
local answers = {}
for i = 2, #ARGV do
  table.insert(answers, isolate.call(function(n)
    redis.call('LPUSH', 'doubled', n)
    return ARGV[1] .. tostring(2 * n)
  end, ARGV[i]))
end
return answers
"""


@pytest.fixture
def double(redis: Redis) -> Batching:
    return Batching(redis.register_script(put_together(DOUBLE, "double")), "=")


async def test_those_who_call_at_once_share_a_call(redis: Redis, double: Batching) -> None:
    """Each gets its own answer, and a call takes a bounded number."""
    answers = await asyncio.gather(*(double(n) for n in range(MOST_AT_ONCE + 5)))
    assert answers[:3] == ["=0", "=2", "=4"]
    assert answers[-1] == f"={2 * (MOST_AT_ONCE + 4)}"
    assert await redis.get("calls") == "2"
    assert await double(21) == "=42"


async def test_an_entry_that_fails_fails_alone(redis: Redis, double: Batching) -> None:
    """What is wrong with one is told to that one; the others are done."""
    one, other = await asyncio.gather(double("x"), double(4), return_exceptions=True)
    assert isinstance(one, ResponseError)
    assert other == "=8"
    await redis.set("doubled", "not a list")
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await double(5)


async def test_who_gave_up_waiting_costs_the_others_nothing(double: Batching) -> None:
    """A caller that is cancelled leaves the rest of the call as it is."""
    gone = asyncio.create_task(double(1))
    other = asyncio.create_task(double(2))
    await asyncio.sleep(0)
    gone.cancel()
    assert await other == "=4"
