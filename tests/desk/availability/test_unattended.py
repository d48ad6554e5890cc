"""Customers who wait while nobody is available: the backend and the admins are told, once."""

import asyncio
import json
from collections.abc import Sequence

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import ComeOn, Push, Route
from onduty.events import ConversationUnattended, UnattendedReason, parse_event
from onduty_desk.availability.groups import MOST_A_CALL, Groups
from onduty_desk.availability.pauses import Pauses
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.event_keys import EVENTS_WANTED, events_key
from onduty_desk.model.keys import ADMIN_NEWS, UNATTENDED, ConversationId, OperatorId, waiting_key
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.routing import Router

ONE = OperatorId(1)


@pytest.fixture
async def groups(redis: Redis) -> Groups:
    await redis.set(EVENTS_WANTED, 3600)
    return Groups(redis, ["support", "sales"])


async def told(redis: Redis, conversation: str = "c1") -> list[ConversationUnattended]:
    """Return the events of that kind, in order."""
    found = await redis.lrange(events_key(ConversationId(conversation)), 0, -1)
    events = [parse_event(json.loads(event)) for event in found]
    return [event for event in events if isinstance(event, ConversationUnattended)]


async def reasons(redis: Redis, conversation: str = "c1") -> Sequence[str]:
    return [event.reason for event in await told(redis, conversation)]


async def test_who_writes_when_nobody_is_there_is_unattended(
    redis: Redis, groups: Groups, push: Push, router: Router
) -> None:
    """The backend learns it with the routing; more words and looks of any number add nothing."""
    push("Hello?")
    await router.route_accepted()
    (event,) = await told(redis)
    assert (event.reason, event.group, event.operator) == (
        UnattendedReason.OFF_DUTY,
        "support",
        None,
    )
    push("Anybody?")
    await router.route_accepted()
    await asyncio.gather(*(groups.look("second") for _ in range(4)))
    assert await reasons(redis) == ["off_duty"]
    assert await redis.hkeys(ADMIN_NEWS) == ["unattended:support"]


async def test_where_somebody_is_available_nobody_is_told(
    redis: Redis, groups: Groups, come_on: ComeOn, push: Push, router: Router
) -> None:
    """In that group: an operator of another one is of no use."""
    await come_on(1)
    push("Hello?")
    push("Hello?", conversation="c2", group="sales")
    await router.route_accepted()
    await groups.look("second")
    assert await reasons(redis) == []
    assert await reasons(redis, "c2") == ["off_duty"]
    assert await redis.hkeys(UNATTENDED) == ["sales"]


async def test_when_the_last_one_goes_all_who_wait_are_told_of(
    redis: Redis, groups: Groups, come_on: ComeOn, roster: Roster, push: Push, router: Router
) -> None:
    """However many they are."""
    await come_on(1)
    many = [f"c{n}" for n in range(2 * MOST_A_CALL + 3)]
    for name in many:
        push("Hello?", conversation=name)
    await router.route_accepted()
    await groups.look("second")
    await roster.sign_out(ONE)
    await groups.look("second")
    assert {len(await told(redis, name)) for name in many} == {1}
    await groups.look("second")
    assert {len(await told(redis, name)) for name in many} == {1}


@pytest.mark.usefixtures("groups")
async def test_all_who_are_on_duty_pause(
    redis: Redis, come_on: ComeOn, pauses: Pauses, push: Push, router: Router
) -> None:
    """The reason says so."""
    await come_on(1)
    await pauses.pause(ONE, update_id=1)
    push("Hello?")
    await router.route_accepted()
    assert await reasons(redis) == ["paused"]
    assert json.loads(str(await redis.hget(ADMIN_NEWS, "unattended:support")))["reason"] == "paused"


async def test_once_a_waiting_period(
    redis: Redis, groups: Groups, desk: Desk, roster: Roster, push: Push
) -> None:
    """A return goes on with the same; what comes after an answer, or after a close, is another."""
    await desk.tap(1, Verb.CLAIM)
    for operator in (2, 3):
        await roster.sign_out(OperatorId(operator))
    await roster.sign_out(ONE)
    await groups.look("second")
    assert await reasons(redis) == []  # it is claimed
    push("Anybody?")
    await desk.jobs.route()
    assert await reasons(redis) == ["off_duty"]
    await desk.instruct("touch")
    await groups.look("second")
    assert await reasons(redis) == ["off_duty"]
    push("Thanks, and?")
    await desk.jobs.route()
    assert await reasons(redis) == ["off_duty"] * 2
    await desk.instruct("close")
    push("Something else")
    await desk.jobs.route()
    assert await reasons(redis) == ["off_duty"] * 3


async def test_whose_operators_have_the_last_word_does_not_wait(
    redis: Redis, groups: Groups, desk: Desk, roster: Roster
) -> None:
    """Answered in the web chat, and then all went home."""
    await desk.instruct("touch")
    for operator in (1, 2, 3):
        await roster.sign_out(OperatorId(operator))
    await groups.look("second")
    assert await reasons(redis) == []
    assert await redis.exists(UNATTENDED) == 0


@pytest.mark.parametrize("way", ["on", "back"])
async def test_admins_are_told_again_when_somebody_was_there_in_between(
    redis: Redis,
    groups: Groups,
    come_on: ComeOn,
    roster: Roster,
    pauses: Pauses,
    push: Push,
    router: Router,
    way: str,
) -> None:
    """Between two looks, too; the backend knows of this customer already."""
    if way == "back":
        await come_on(1)
        await pauses.pause(ONE, update_id=1)
    push("Hello?")
    await router.route_accepted()
    assert await redis.hdel(ADMIN_NEWS, "unattended:support") == 1
    await groups.look("second")
    assert await redis.exists(ADMIN_NEWS) == 0
    if way == "on":
        await come_on(1)
    else:
        assert await pauses.come_back(ONE, update_id=2) == "back"
    assert await redis.exists(UNATTENDED) == 0
    await roster.sign_out(ONE)
    await groups.look("second")
    assert await redis.hkeys(ADMIN_NEWS) == ["unattended:support"]
    assert len(await told(redis)) == 1


async def test_nothing_is_said_of_what_is_over_before_it_is_told(
    redis: Redis, come_on: ComeOn, push: Push, router: Router
) -> None:
    """Somebody came on before a bot looked."""
    push("Hello?")
    await router.route_accepted()
    await come_on(1)
    assert await redis.exists(ADMIN_NEWS, UNATTENDED) == 0


async def test_a_group_that_is_no_more_leaves_nothing(
    redis: Redis, push: Push, router: Router
) -> None:
    """Its name is taken out of the file."""
    push("Hello?", group="sales")
    await router.route_accepted()
    await Groups(redis, ["support"]).look("second")
    assert await redis.exists(UNATTENDED, ADMIN_NEWS) == 0


async def test_what_breaks_in_one_group_stops_no_other(
    redis: Redis, groups: Groups, route: Route, push: Push
) -> None:
    """It is logged, and the others are looked at."""
    await redis.set(waiting_key("support"), "of another type")
    push("Hello?", group="sales")
    await route()
    await redis.hdel(UNATTENDED, "sales")
    await groups.look("second")
    assert await redis.hkeys(UNATTENDED) == ["sales"]
