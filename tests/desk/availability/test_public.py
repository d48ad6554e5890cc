"""What a backend may know of a group: read by the client as the desk writes it."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import ComeOn, MoveClock, Push
from onduty import AsyncSupportDesk, Availability, SupportDesk
from onduty_desk.availability.groups import Groups
from onduty_desk.availability.pauses import Pauses
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import OperatorId, public_availability_key
from onduty_desk.roster.group_rules import GroupRules, write_group_rules
from onduty_desk.roster.limits import Limits
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.routing import Router
from users import as_user


@pytest.fixture
def groups(redis: Redis) -> Groups:
    return Groups(redis, ["support", "sales"])


@pytest.fixture
def backend(redis_url: str) -> SupportDesk:
    return SupportDesk(as_user(redis_url, "onduty-backend"))


def of(backend: SupportDesk, group: str = "support") -> Availability:
    found = backend.availability(group)
    assert found
    return found


async def limit(redis: Redis, operator: int, most: int) -> None:
    await Limits(redis).set(OperatorId(operator), most)


async def test_a_backend_reads_who_is_there(
    groups: Groups,
    backend: SupportDesk,
    come_on: ComeOn,
    pauses: Pauses,
    push: Push,
    router: Router,
) -> None:
    """On duty, available, waiting; of each group its own."""
    await come_on(1, 2)
    await pauses.pause(OperatorId(2), update_id=1)
    push("Hello?", group="sales")
    await router.route_accepted()
    await groups.look("five")
    support, sales = of(backend), of(backend, "sales")
    assert (support.on_duty, support.available, support.waiting) == (2, 1, 0)
    assert (sales.on_duty, sales.available, sales.waiting) == (0, 0, 1)
    assert (support.free_places, sales.free_places) == (None, 0)
    assert support.claimed_within_s is None
    assert support.written_at.tzinfo is not None


async def test_free_places_are_those_that_a_claim_would_find(
    redis: Redis, groups: Groups, backend: SupportDesk, desk: Desk
) -> None:
    """By the group's capacity and by each one's own limit."""
    await write_group_rules(redis, ["support"], {"support": GroupRules(capacity=3)})
    await limit(redis, 2, 1)
    await groups.look("five")
    assert of(backend).free_places == 3 + 1 + 3
    await desk.tap(2, Verb.CLAIM)
    await groups.look("five")
    assert of(backend).free_places == 3 + 0 + 3
    await desk.quiet()


async def test_without_a_bound_for_one_there_is_no_number(
    redis: Redis, groups: Groups, backend: SupportDesk, come_on: ComeOn
) -> None:
    """Two of whom one has a limit."""
    await come_on(1, 2)
    await limit(redis, 1, 3)
    await groups.look("five")
    assert of(backend).free_places is None
    await limit(redis, 2, 2)
    await groups.look("five")
    assert of(backend).free_places == 5


async def test_the_typical_time_is_that_of_the_last_claims(
    redis: Redis,
    groups: Groups,
    backend: SupportDesk,
    desk: Desk,
    move_clock: MoveClock,
) -> None:
    """The median of those within an hour; a take-over is no claim of somebody who waits."""
    await move_clock(timedelta(seconds=10))
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await groups.look("second")
    first = of(backend).claimed_within_s
    assert first is not None
    assert 10 <= first <= 12
    await desk.tap(2, Verb.TAKE_OVER)
    await desk.quiet()
    await desk.tap(2, Verb.CONFIRM)
    assert await redis.llen("onduty:claim-times:support") == 1
    await move_clock(timedelta(hours=1, seconds=30))
    await groups.look("second")
    assert of(backend).claimed_within_s is None
    await desk.quiet()


async def test_it_is_written_when_something_has_changed_and_each_five_seconds(
    redis: Redis, groups: Groups, come_on: ComeOn, roster: Roster
) -> None:
    """A desk at rest costs no write; what nobody writes any more is gone in a minute."""
    key = public_availability_key("support")
    await groups.look("second")
    assert 50 < await redis.ttl(key) <= 60
    first = await redis.get(key)
    await groups.look("second")
    assert await redis.get(key) == first
    await come_on(1)
    await groups.look("second")
    second = await redis.get(key)
    assert second != first
    await redis.expire(key, 9)
    await groups.look("five")
    assert await redis.ttl(key) > 50
    await roster.sign_out(OperatorId(1))
    await redis.set(key, "{}", ex=9)  # by another version
    await groups.look("second")
    assert await redis.ttl(key) > 50


async def test_the_async_client_reads_the_same(
    redis_url: str, groups: Groups, come_on: ComeOn
) -> None:
    """For backends on asyncio."""
    await come_on(1)
    await groups.look("five")
    async with AsyncSupportDesk(as_user(redis_url, "onduty-backend")) as desk:
        found = await desk.availability()
        assert found
        assert (found.group, found.on_duty) == ("support", 1)
        assert await desk.availability("no such group") is None
