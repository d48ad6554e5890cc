"""Three on duty, and Alice who waits."""

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.event_keys import EVENTS_WANTED

from .by_rules import ASSIGNED, ONE_BY_ONE, go_by
from .passing_on import pass_on


@pytest.fixture
async def desk(redis: Redis, alice_writes: AliceWrites) -> Desk:
    """Three on duty who have been told of Alice; events are kept."""
    await redis.set(EVENTS_WANTED, 3600)
    return await alice_writes(1, 2, 3)


@pytest.fixture
async def owned(desk: Desk) -> Desk:
    """Operator 1 of three answers Alice."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    return desk


@pytest.fixture
async def offered(owned: Desk) -> Desk:
    """And has asked operator 2 to take her over."""
    assert (await pass_on(owned, 1, 2, reason="speaks French")).result == "offered"
    await owned.quiet()
    return owned


@pytest.fixture
async def asked(redis: Redis, alice_writes: AliceWrites) -> Desk:
    """Three on duty whose group assigns, the first of whom is asked to take Alice."""
    await redis.set(EVENTS_WANTED, 3600)
    await go_by(redis, ASSIGNED)
    return await alice_writes(1, 2, 3)


@pytest.fixture
async def in_waves(redis: Redis, alice_writes: AliceWrites) -> Desk:
    """Three on duty, the first of whom has been rung for Alice."""
    await redis.set(EVENTS_WANTED, 3600)
    await go_by(redis, ONE_BY_ONE)
    return await alice_writes(1, 2, 3)
