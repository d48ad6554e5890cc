"""Lines of groups that assign: each place that comes free goes to the most urgent and oldest."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, MoveClock, Push
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.verbs import Verb
from onduty_desk.failures.failures import Failures
from onduty_desk.model.keys import ConversationId, OperatorId, claims_key, copies_key, offers_key
from onduty_desk.process.wrong_types import set_wrong_types_aside
from onduty_desk.roster.group_rules import GroupRules
from onduty_desk.roster.limits import Limits
from onduty_desk.roster.operators import Roster

from .by_rules import ASSIGNED, go_by, offered, rings, tap, write
from .passing_on import pass_on
from .three_phones import buttons, events

ONE, TWO, THREE = OperatorId(1), OperatorId(2), OperatorId(3)
ASKED = ["🙋 Accept", "Decline"]


@pytest.fixture
async def desk(asked: Desk) -> Desk:
    return asked


async def test_each_is_asked_about_one_at_a_time(redis: Redis, desk: Desk, push: Push) -> None:
    """Those who come meanwhile go to the others, and then wait in line."""
    for name in ("Bob", "Carol", "Dave"):
        await write(desk, push, name)
    assert await offered(redis) == {"c1": 1, "Bob": 2, "Carol": 3}
    await tap(desk, 2, Verb.ACCEPT, "Bob")  # who has no more room
    assert await offered(redis) == {"c1": 1, "Carol": 3}
    await tap(desk, 2, Verb.CLOSE, "Bob")
    assert await offered(redis) == {"c1": 1, "Dave": 2, "Carol": 3}


async def test_what_is_offered_counts_as_theirs(redis: Redis, desk: Desk, push: Push) -> None:
    """Else they could have one more than they may, by accepting both."""
    await write(desk, push, "Bob")
    await Conversations(redis, desk.rules).show_card(ConversationId("Bob"), ONE, update_id=5)
    await desk.jobs.look()
    assert await tap(desk, 2, Verb.DECLINE, "Bob") == "declined_offer"
    await desk.quiet()
    assert await offered(redis) == {"c1": 1, "Bob": 3}
    await tap(desk, 3, Verb.DECLINE, "Bob")
    assert await tap(desk, 1, Verb.CLAIM, "Bob") == "group_full"
    assert (await desk.tap(1, Verb.ACCEPT)).result == "claimed"


async def test_the_most_urgent_goes_before_the_oldest(redis: Redis, desk: Desk, push: Push) -> None:
    """Whatever comes free."""
    for operator, name in ((2, "Bob"), (3, "Carol")):
        await write(desk, push, name)
        await tap(desk, operator, Verb.ACCEPT, name)
    await desk.tap(1, Verb.ACCEPT)
    await write(desk, push, "Dave")
    await write(desk, push, "Eve", priority="urgent")
    await write(desk, push, "Frank", priority="low")
    await tap(desk, 3, Verb.CLOSE, "Carol")
    assert await offered(redis) == {"Eve": 3}
    await tap(desk, 2, Verb.CLOSE, "Bob")
    assert await offered(redis) == {"Eve": 3, "Dave": 2}


@pytest.fixture
async def busy(desk: Desk, push: Push) -> Desk:
    """All three answer one customer each, as many as they may; Dave waits."""
    await desk.tap(1, Verb.ACCEPT)
    for operator, name in ((2, "Bob"), (3, "Carol")):
        await write(desk, push, name)
        await tap(desk, operator, Verb.ACCEPT, name)
    await write(desk, push, "Dave")
    assert await offered(desk.redis) == {}
    return desk


async def test_a_place_that_a_release_frees_is_given_to_the_line(redis: Redis, busy: Desk) -> None:
    """Whoever gave it back is asked about another; the oldest that waits is theirs to refuse."""
    await busy.tap(1, Verb.RELEASE)
    assert await offered(redis) == {"Dave": 1}


async def test_a_place_that_a_rule_frees_is_given_to_the_line(redis: Redis, busy: Desk) -> None:
    """A capacity that is raised, by a start."""
    assert await busy.redis.zcard(claims_key(ONE)) == 1
    await go_by(redis, GroupRules(routing="assigned", capacity=2))
    assert await offered(redis) == {"Dave": 1}


async def test_an_own_limit_that_is_raised_frees_a_place(redis: Redis, busy: Desk) -> None:
    """At once."""
    assert await busy.redis.zcard(claims_key(TWO)) == 1
    for operator in (ONE, TWO, THREE):
        await Limits(redis).set(operator, 1)
    await go_by(redis, GroupRules(routing="assigned"))
    assert await offered(redis) == {}
    await Limits(redis).set(TWO, 2)
    assert await offered(redis) == {"Dave": 2}


async def test_a_place_that_the_backend_frees_is_given_to_the_line(
    redis: Redis, busy: Desk
) -> None:
    """It closes what somebody owns."""
    await busy.instruct("close", "Carol")
    assert await offered(redis) == {"Dave": 3}


async def test_who_comes_on_duty_is_asked_and_gets_no_cards_of_the_line(
    redis: Redis, busy: Desk, push: Push, roster: Roster, come_on: ComeOn
) -> None:
    """The summary counts all that waits; the cards come one by one."""
    await roster.sign_out(THREE, update_id=70)
    await write(busy, push, "Eve")
    await come_on(3)
    assert await offered(redis) == {}  # Carol is theirs still
    await Conversations(redis, busy.rules).close_all(THREE, [ConversationId("Carol")], update_id=71)
    assert await offered(redis) == {"Dave": 3}
    shown = await Conversations(redis, busy.rules).show_backlog(THREE, 5, update_id=72)
    assert shown
    assert (shown.shown, shown.unseen, shown.waiting) == (0, 0, 2)


async def test_an_offer_ends_with_the_conversation(redis: Redis, desk: Desk, push: Push) -> None:
    """Closed by the backend: who was asked is free for the next."""
    await write(desk, push, "Bob")
    await write(desk, push, "Carol")
    await write(desk, push, "Dave")
    await desk.instruct("close")
    assert await offered(redis) == {"Dave": 1, "Bob": 2, "Carol": 3}


async def test_rules_that_change_to_everyone_ring_what_waits(redis: Redis, busy: Desk) -> None:
    """What was in line rings all who were not asked; they can take it."""
    await go_by(redis, GroupRules())
    await busy.jobs.route()
    before = await rings(busy)
    assert before[0] >= 2
    assert await tap(busy, 2, Verb.CLAIM, "Dave") == "claimed"


async def test_rules_that_change_to_everyone_while_somebody_is_asked(
    redis: Redis, desk: Desk
) -> None:
    """Anybody can take it from then on."""
    await go_by(redis, GroupRules())
    await desk.jobs.route()
    assert await rings(desk) == [1, 1, 1]
    assert (await desk.tap(3, Verb.CLAIM)).result == "claimed"
    assert await offered(redis) == {}


async def test_rules_that_change_to_assigned_offer_what_waits(
    redis: Redis, alice_writes: AliceWrites
) -> None:
    """All have its card; one is asked, and the others see that."""
    desk = await alice_writes(1, 2, 3)
    await go_by(redis, ASSIGNED)
    await desk.jobs.look()
    assert await offered(redis) == {"c1": 1}
    await desk.quiet()
    assert await buttons(desk) == [ASKED, [], []]
    assert (await desk.tap(2, Verb.CLAIM)).result == "asks"


async def test_a_broken_conversation_keeps_no_other_waiting(
    redis: Redis, busy: Desk, push: Push
) -> None:
    """It is on the failed list; the next in line is offered."""
    await write(busy, push, "Eve")
    await redis.hset(copies_key(ConversationId("Dave")), "3", "no JSON")
    await tap(busy, 3, Verb.CLOSE, "Carol")
    assert await offered(redis) == {"Eve": 3}
    failures = await Failures(redis).all()
    assert [one["conversation"] for one in failures.values()] == ["Dave"]


async def test_a_key_that_somebody_has_overwritten_holds_nobody_up_for_long(
    redis: Redis, busy: Desk, move_clock: MoveClock
) -> None:
    """It is told, and out of the way the line is served."""
    await redis.set(offers_key(TWO), "somebody else's")
    with pytest.raises(ResponseError):
        await tap(busy, 2, Verb.CLOSE, "Bob")
    await set_wrong_types_aside(redis)
    await move_clock(timedelta(seconds=11))
    await busy.run_timers()
    assert await offered(redis) == {"Dave": 2}


async def test_dispatchers_that_route_at_once_offer_it_to_one(
    redis: Redis, at_work: Desk, come_on: ComeOn, push: Push
) -> None:
    """Each of many to somebody else, the oldest first."""
    await go_by(redis, ASSIGNED)
    await come_on(1, 2, 3)
    for name in ("Anna", "Bob", "Carol", "Dave"):
        push("Hello", conversation=name)
    await asyncio.gather(*(at_work.jobs.route() for _ in range(4)))
    assert await offered(redis) == {"Anna": 1, "Bob": 2, "Carol": 3}


async def test_operators_that_answer_at_once_have_one_each(
    redis: Redis, desk: Desk, push: Push
) -> None:
    """However taps, times and lines cross, nobody has more than they may."""
    for name in ("Bob", "Carol", "Dave", "Eve"):
        await write(desk, push, name)
    await asyncio.gather(
        tap(desk, 1, Verb.ACCEPT, "c1"),
        tap(desk, 2, Verb.DECLINE, "Bob"),
        tap(desk, 3, Verb.ACCEPT, "Carol"),
        desk.run_timers(),
    )
    await desk.quiet()
    assert [await redis.zcard(claims_key(n)) for n in (ONE, TWO, THREE)] == [1, 0, 1]
    assert await offered(redis) == {"Dave": 2}


async def test_a_colleague_can_still_be_asked_by_a_colleague(redis: Redis, desk: Desk) -> None:
    """What is theirs is passed on as ever, with their name."""
    await desk.tap(1, Verb.ACCEPT)
    assert (await pass_on(desk, 1, 3)).result == "offered"
    await desk.quiet()
    first = (await desk.card(3)).text.splitlines()[0]
    assert first == "🤝 Alice · Operator 1 asks you to take this over"
    assert (await desk.tap(3, Verb.ACCEPT)).result == "claimed"
    kind, event = (await events(redis))[-1]
    assert (kind, event["previous"]) == ("delegated", {"id": 1, "name": "Operator 1"})


async def test_who_declines_a_colleague_is_asked_about_what_waits_elsewhere(
    redis: Redis, desk: Desk, push: Push, come_on: ComeOn
) -> None:
    """At once: in the line of the other group nobody else has room."""
    await go_by(redis, ASSIGNED, sales=ASSIGNED)
    await come_on(3, group="sales")
    await desk.tap(1, Verb.ACCEPT)
    assert (await pass_on(desk, 1, 3)).result == "offered"
    await write(desk, push, "Dave", group="sales")
    assert await offered(redis) == {"c1": 3}
    await desk.tap(3, Verb.DECLINE)
    assert await offered(redis) == {"Dave": 3}


async def test_what_is_passed_into_a_group_is_offered_there(
    redis: Redis, desk: Desk, come_on: ComeOn
) -> None:
    """By that group's rules, and to others before whoever passed it on."""
    await go_by(redis, ASSIGNED, sales=ASSIGNED)
    await come_on(1, 3, group="sales")
    await desk.tap(1, Verb.ACCEPT)
    assert (await pass_on(desk, 1, group="sales", reason="speaks French")).result == "moved"
    assert await offered(redis) == {"c1": 3}
    await desk.quiet()
    assert (await desk.card(3)).text.splitlines()[:3] == [
        "🙋 Alice waits: will you answer?",
        "🤝 passed on by Operator 1",
        "“speaks French”",
    ]
    await desk.tap(3, Verb.DECLINE)
    assert await offered(redis) == {}
