"""Redis is killed while an answer is delayed: it is sent at its moment, once."""

import pytest
from redis.asyncio import Redis

from desk.replies.conftest import Answer
from desk.replies.delays import DELAYED, OVER, happened, left
from desk_at_work.delays import sending_delayed
from desk_at_work.fixtures import MoveClock
from onduty_desk.conversations.rules import Rules
from servers import Valkey
from waiting import until


@pytest.fixture
def rules() -> Rules:
    return DELAYED


@pytest.fixture
def redis_url(own_valkey: Valkey) -> str:
    """A Redis of its own, to be killed."""
    return own_valkey.url


async def test_a_killed_redis_loses_none(
    answer: Answer, redis: Redis, own_valkey: Valkey, move_clock: MoveClock
) -> None:
    """Dispatchers that were at work go on, and the order stays."""
    await answer("One", message=20)
    await answer("Two", message=21)
    async with sending_delayed(redis), sending_delayed(redis):
        own_valkey.kill()
        own_valkey.start()
        await redis.connection_pool.disconnect()
        assert await left(redis) == ["1:20", "1:21"]
        await move_clock(OVER)
        await until(lambda: happened(redis), equals=["conversation.claimed", "One", "Two"])
    assert await left(redis) == []
