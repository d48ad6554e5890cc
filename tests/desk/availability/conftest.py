"""Three on duty, and Alice who waits."""

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites
from onduty_desk.model.event_keys import EVENTS_WANTED


@pytest.fixture
async def desk(redis: Redis, alice_writes: AliceWrites) -> Desk:
    """Three on duty who have been told of Alice; events are kept."""
    await redis.set(EVENTS_WANTED, 3600)
    return await alice_writes(1, 2, 3)
