"""What a call has changed is written at its end, whatever else fails."""

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from desk_at_work.fixtures import Lua

CHANGE = """
hash.set('onduty:chat:1', 'class', 'normal')
hash.expire('onduty:chat:1', 60)
"""


async def test_what_is_changed_is_read_and_written_once(redis: Redis, lua: Lua) -> None:
    """A field that was set and removed, a new one, and one that only changed."""
    await redis.hset("h", mapping={"a": "1", "b": "2", "c": "3"})
    text = """
    local before = hash.all('h')
    hash.set('h', 'a', 10)
    hash.remove('h', 'b', 'd')
    hash.set('h', 'e', 'new')
    hash.remove('h', 'e')
    local now = hash.all('h')
    return { before.a, before.b, now.a, tostring(now.b), hash.add('h', 'c', 1), #hash.fields('h') }
    """
    await redis.config_resetstat()
    assert await redis.eval(lua(text, "lua/hash"), 0) == ["1", "2", "10", "nil", 4, 2]
    counted = await redis.info("commandstats")
    assert (counted["cmdstat_hgetall"]["calls"], counted["cmdstat_hset"]["calls"]) == (1, 1)
    assert await redis.hgetall("h") == {"a": "10", "c": "4"}


async def test_many_fields_are_read_and_written_in_pieces(redis: Redis, lua: Lua) -> None:
    """More than Lua can unpack at once."""
    text = """
    local fields = {}
    for i = 1, 9000 do
      fields[i] = 'f' .. i
    end
    hash.read_ahead('h', fields)
    for _, field in ipairs(fields) do
      hash.set('h', field, 'x')
    end
    """
    await redis.eval(lua(text, "lua/hash"), 0)
    assert await redis.hlen("h") == 9000


@pytest.mark.parametrize("then", ["error('broken')", "redis.call('LPUSH', 'onduty:text', 'x')"])
async def test_a_script_that_fails_keeps_what_it_has_changed(
    redis: Redis, lua: Lua, then: str
) -> None:
    """As with each command for itself: what came before the failure stays."""
    await redis.set("onduty:text", "a text")
    with pytest.raises(ResponseError, match=r"broken|WRONGTYPE"):
        await redis.eval(lua(CHANGE + then, "lua/hash"), 0)
    assert await redis.hget("onduty:chat:1", "class") == "normal"
    assert 0 < await redis.ttl("onduty:chat:1") <= 60


async def test_a_part_that_cannot_finish_keeps_no_other_from_it(redis: Redis, lua: Lua) -> None:
    """A timetable that another program has overwritten costs no conversation's state."""
    await redis.set("onduty:timetable:normal", "a text")
    text = CHANGE + "timetable.line_up('1', 'c1', '100000000000005')"
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await redis.eval(lua(text, "lua/hash", "phones/timetable"), 0)
    assert await redis.hget("onduty:chat:1", "class") == "normal"
    assert await redis.zrange("onduty:outbox:1", 0, -1) == ["c1"]


async def test_a_key_of_a_wrong_type_is_met_where_it_is_used(redis: Redis, lua: Lua) -> None:
    """So that one entry of many fails, and not the call."""
    await redis.set("onduty:chat:1", "a text")
    text = """
    local answer = isolate.call(function()
      hash.set('onduty:chat:1', 'class', 'normal')
    end)
    hash.set('onduty:chat:2', 'class', 'normal')
    return answer
    """
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await redis.eval(lua(text, "lua/hash", "lua/isolate"), 0)
    assert await redis.hget("onduty:chat:2", "class") == "normal"
