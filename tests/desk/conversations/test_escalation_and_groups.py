"""Steps of escalation, the routing of groups, and moves between them."""

import re

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, MoveClock, Push
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.event_keys import EVENTS_WANTED
from onduty_desk.model.keys import ESCALATIONS_DUE, conversation_key
from onduty_desk.roster.group_rules import GroupRules, write_group_rules

from .by_rules import rings
from .escalations import at, escalated, go_by, kinds, step
from .passing_on import is_in_one_place, pass_on
from .three_phones import C1, events

GROUP_THEN_ADMINS = (step(60, "group"), step(120, "admins"))


@pytest.fixture
async def desk(redis: Redis, alice_writes: AliceWrites) -> Desk:
    """Three on duty who have been told of Alice, whose group has two steps."""
    await redis.set(EVENTS_WANTED, 3600)
    await go_by(redis, *GROUP_THEN_ADMINS)
    return await alice_writes(1, 2, 3)


async def test_the_whole_group_is_rung_whatever_the_routing_and_may_take_it(
    redis: Redis, alice_writes: AliceWrites, move_clock: MoveClock
) -> None:
    """A step `wave` rings the next of them."""
    steps = (step(5, "wave"), step(10, "group"))
    rules = GroupRules(routing="waves", wave_size=1, next_wave_after=1_000, escalation=steps)
    await redis.set(EVENTS_WANTED, 3600)
    await write_group_rules(redis, ["support"], {"support": rules})
    desk = await alice_writes(1, 2, 3)
    assert sum(await rings(desk)) == 1
    assert await at(desk, move_clock, 6) == ["wave"]
    assert sum(await rings(desk)) == 2
    assert await at(desk, move_clock, 11) == ["wave", "group"]
    assert min(await rings(desk)) >= 1
    assert (await desk.tap(3, Verb.CLAIM)).result == "claimed"
    await desk.tap(3, Verb.RELEASE)
    await desk.run_timers()
    await desk.quiet()
    assert await redis.hget(conversation_key(C1), "rung") == "all"


async def test_a_step_ends_an_offer_but_telling_the_admins_does_not(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """Whoever is rung may take it."""
    await go_by(redis, step(10, "admins"), step(20, "group"))
    await pass_on(desk, 1, 2)
    await desk.quiet()
    assert await at(desk, move_clock, 11) == ["admins"]
    assert await redis.hget(conversation_key(C1), "pass_to") == "2"
    assert await at(desk, move_clock, 21) == ["admins", "group"]
    assert await redis.hget(conversation_key(C1), "pass_to") is None
    assert (await desk.tap(3, Verb.CLAIM)).result == "claimed"


async def test_a_step_lets_all_take_what_was_offered_to_one(
    redis: Redis, alice_writes: AliceWrites, move_clock: MoveClock
) -> None:
    """In a group that assigns; telling the admins leaves the offer as it is."""
    await redis.set(EVENTS_WANTED, 3600)
    await go_by(redis, step(10, "admins"), step(20, "group"), routing="assigned")
    desk = await alice_writes(1, 2, 3)
    asked = await redis.hget(conversation_key(C1), "pass_to")
    assert asked
    assert sum(await rings(desk)) == 1
    assert await at(desk, move_clock, 11) == ["admins"]
    assert await redis.hget(conversation_key(C1), "pass_to") == asked
    assert sum(await rings(desk)) == 1
    assert await at(desk, move_clock, 21) == ["admins", "group"]
    assert await redis.hget(conversation_key(C1), "pass_to") is None
    assert min(await rings(desk)) == 1
    other = 1 if asked != "1" else 2
    assert (await desk.tap(other, Verb.CLAIM)).result == "claimed"


async def test_moved_into_a_group_that_assigns_it_is_offered_there(
    redis: Redis, two_groups: Desk, push: Push
) -> None:
    """And rings nobody else."""
    await go_by(redis, step(0, "group:sales"), routing="assigned", sales=())
    push("Hello?")
    await two_groups.jobs.route()
    await two_groups.quiet()
    assert await escalated(redis) == ["group:sales"]
    assert await redis.hget(conversation_key(C1), "pass_to") == "3"
    assert [len(await two_groups.cards(n)) for n in (1, 2, 3)] == [0, 0, 1]


@pytest.fixture
async def two_groups(redis: Redis, at_work: Desk, come_on: ComeOn) -> Desk:
    """Operators 1 and 2 of support, operator 3 of sales."""
    await redis.set(EVENTS_WANTED, 3600)
    await come_on(1, 2)
    await come_on(3, group="sales")
    return at_work


async def test_at_once_to_another_group_is_delegation_by_priority(
    redis: Redis, two_groups: Desk, push: Push
) -> None:
    """Nobody of the first group is rung; escalated, then delegated, by nobody."""
    await go_by(redis, step(0, "group:sales", "urgent"))
    push("Help!", priority="urgent")
    await two_groups.jobs.route()
    await two_groups.quiet()
    assert [len(await two_groups.cards(n)) for n in (1, 2, 3)] == [0, 0, 1]
    (card,) = await two_groups.cards(3)
    assert re.match(r"⏫ Alice · moved here \d\d:\d\d UTC\n", card.text)
    assert await kinds(redis) == ["escalated", "delegated"]
    delegated = (await events(redis))[-1][1]
    assert (delegated["group"], "previous" in delegated) == ("sales", False)
    assert await is_in_one_place(redis) == "sales"


async def test_the_rules_of_the_new_group_hold_after_a_move(
    redis: Redis, two_groups: Desk, push: Push, move_clock: MoveClock
) -> None:
    """Counted from when the customer began to wait; the old group's are over."""
    ours, theirs = (
        (step(30, "group:sales"), step(60, "admins")),
        (step(20, "group"), step(90, "admins")),
    )
    await go_by(redis, *ours, sales=theirs)
    push("Hello?")
    await two_groups.jobs.route()
    await two_groups.quiet()
    assert await at(two_groups, move_clock, 31) == ["group:sales", "group"]
    assert [len(await two_groups.cards(n)) for n in (1, 2, 3)] == [0, 0, 1]
    assert (await rings(two_groups))[2] == 1
    assert await at(two_groups, move_clock, 89) == ["group:sales", "group"]
    assert await at(two_groups, move_clock, 91) == ["group:sales", "group", "admins"]


async def test_it_is_moved_into_each_group_once(
    redis: Redis, two_groups: Desk, push: Push, move_clock: MoveClock
) -> None:
    """Rules that send it round come to an end, and the next wait begins anew."""
    await go_by(redis, step(0, "group:sales"), sales=(step(0, "group:support"),))
    push("Hello?")
    await two_groups.jobs.route()
    await two_groups.quiet()
    assert await escalated(redis) == ["group:sales", "group:support"]
    assert await is_in_one_place(redis) == "support"
    await pass_on(two_groups, 1, group="sales")
    await two_groups.quiet()
    assert await at(two_groups, move_clock, 60) == ["group:sales", "group:support"]
    await two_groups.instruct("close")
    push("Hello again")
    await two_groups.jobs.route()
    await two_groups.quiet()
    assert await escalated(redis) == ["group:sales", "group:support"] * 2


async def test_passed_on_by_hand_it_goes_by_the_other_groups_steps(
    redis: Redis, two_groups: Desk, push: Push, move_clock: MoveClock
) -> None:
    """And by its own again when it is passed back, those done once being done."""
    await go_by(redis, step(30, "admins"), sales=(step(40, "group"),))
    push("Hello?")
    await two_groups.jobs.route()
    await two_groups.quiet()
    assert await at(two_groups, move_clock, 31) == ["admins"]
    await pass_on(two_groups, 1, group="sales")
    assert await at(two_groups, move_clock, 41) == ["admins", "group"]
    await pass_on(two_groups, 3, group="support")
    assert await at(two_groups, move_clock, 60) == ["admins", "group"]


async def test_a_group_that_is_no_more_is_left_out(
    redis: Redis, two_groups: Desk, push: Push, move_clock: MoveClock
) -> None:
    """The next step is done; when the group is there again, that one is, too."""
    rules = GroupRules(escalation=(step(5, "group:gone"), step(10, "admins")))
    await write_group_rules(redis, ["support", "sales"], {"support": rules})
    push("Hello?")
    await two_groups.jobs.route()
    assert await at(two_groups, move_clock, 11) == ["admins"]
    assert await redis.exists(ESCALATIONS_DUE) == 0
