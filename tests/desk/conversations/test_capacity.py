"""How many conversations one operator may own: a group's capacity, and their own limit."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, Lua, MoveClock, Push
from onduty_desk.conversations.ownership import Conversations, DelegationOutcome, TapOutcome
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import (
    ConversationId,
    OperatorId,
    claims_key,
    conversation_key,
    copies_key,
)
from onduty_desk.model.roster_keys import operator_key
from onduty_desk.roster.group_rules import GroupRules, write_group_rules
from onduty_desk.roster.limits import Limit, Limits

from .by_rules import offered, tap, write
from .passing_on import pass_on

ONE, TWO = OperatorId(1), OperatorId(2)
Bound = Callable[..., Awaitable[None]]
Full = TapOutcome("group_full", "1")


@pytest.fixture
def bound(redis: Redis) -> Bound:
    """Write a capacity of the group support, as a start does."""

    async def write(capacity: int, sales: int = 0) -> None:
        rules = {"support": GroupRules(capacity=capacity), "sales": GroupRules(capacity=sales)}
        await write_group_rules(redis, ["support", "sales"], rules)

    return write


async def own(redis: Redis, operator: OperatorId, group: str, count: int) -> None:
    """Let an operator own so many conversations of a group."""
    for n in range(count):
        conversation = ConversationId(f"{group}-{n}")
        fields = ["group", group, "state", "claimed", "owner", str(operator)]
        await redis.hset(conversation_key(conversation), items=fields)
        await redis.zadd(claims_key(operator), {conversation: n})


@pytest.mark.parametrize(
    ("capacity", "limit", "support", "sales", "full"),
    [
        (0, 0, 0, 0, None),
        (0, 0, 50, 50, None),
        (3, 0, 2, 0, None),
        (3, 0, 3, 0, "group_full 3"),
        (3, 0, 4, 0, "group_full 3"),  # it was set lower meanwhile
        (3, 0, 2, 5, None),  # those of another group do not count
        (3, 0, 3, 5, "group_full 3"),
        (0, 3, 2, 0, None),
        (0, 3, 3, 0, "limit_full 3"),
        (0, 3, 0, 3, "limit_full 3"),  # those of all groups count
        (0, 3, 1, 2, "limit_full 3"),
        (0, 3, 2, 2, "limit_full 3"),
        (2, 5, 2, 0, "group_full 2"),
        (5, 2, 2, 0, "limit_full 2"),
        (2, 2, 2, 0, "group_full 2"),  # a higher limit alone would not help
        (2, 4, 1, 2, None),
        (2, 4, 1, 3, "limit_full 4"),
        (2, 4, 2, 2, "group_full 2"),
    ],
)
async def test_both_must_have_room(
    redis: Redis,
    bound: Bound,
    lua: Lua,
    capacity: int,
    limit: int,
    support: int,
    sales: int,
    full: str | None,
) -> None:
    """Which bound holds, whatever else there is."""
    await bound(capacity, sales=1)
    await redis.hset(operator_key(ONE), "name", "Anna")
    await Limits(redis).set(ONE, limit)
    await own(redis, ONE, "support", support)
    await own(redis, ONE, "sales", sales)
    ask = lua(
        "local why, most = capacity.why_full(ARGV[1], { group = 'support' })\n"
        "return why and why .. ' ' .. most or false\n",
        "conversations/capacity",
    )
    assert await redis.eval(ask, 0, ONE) == full


async def test_what_has_expired_takes_no_room(redis: Redis, bound: Bound, lua: Lua) -> None:
    """Conversations end without anybody's doing."""
    await bound(1)
    await redis.zadd(claims_key(ONE), {"gone": 1})
    ask = lua("return capacity.why_full('1', { group = 'support' })\n", "conversations/capacity")
    assert await redis.eval(ask, 0) is None
    assert not await redis.exists(claims_key(ONE))


async def other(desk: Desk, operator: int, verb: Verb) -> TapOutcome:
    """Tap the operator's card of the second conversation."""
    await desk.quiet()
    copies = await desk.redis.hget(copies_key(ConversationId("c2")), str(operator))
    message = int(str(copies).partition('"card":')[2].split(",")[0].rstrip("}"))
    return await desk.tap(operator, verb, message)


@pytest.fixture
async def desk(bound: Bound, alice_writes: AliceWrites, push: Push) -> Desk:
    """Two wait for three operators, each of whom may own one; the first owns Alice's."""
    await bound(1)
    desk = await alice_writes(1, 2, 3)
    push("Hello", conversation="c2", customer_name="Bob")
    await desk.jobs.route()
    await desk.quiet()
    assert (await desk.tap(1, Verb.CLAIM)).result == "claimed"
    return desk


async def test_who_has_no_room_gets_the_number(redis: Redis, desk: Desk) -> None:
    """Nothing changes; a place that comes free can be taken at once."""
    assert await other(desk, 1, Verb.CLAIM) == Full
    assert await redis.hget(conversation_key(ConversationId("c2")), "owner") is None
    await desk.tap(1, Verb.CLOSE)
    assert (await other(desk, 1, Verb.CLAIM)).result == "claimed"


async def test_nobody_takes_over_what_they_have_no_room_for(desk: Desk) -> None:
    """The card stays the colleague's."""
    await other(desk, 2, Verb.CLAIM)
    await other(desk, 1, Verb.TAKE_OVER)
    assert await other(desk, 1, Verb.CONFIRM) == Full
    await desk.quiet()
    assert "Operator 2 is answering" in "".join(card.text for card in await desk.cards(3))


async def test_their_own_close_can_be_undone_without_room(desk: Desk) -> None:
    """A slip of the finger is never beyond repair."""
    await desk.quiet()
    await desk.tap(1, Verb.CLOSE)
    assert (await other(desk, 1, Verb.CLAIM)).result == "claimed"
    assert (await desk.tap(1, Verb.REOPEN)).result == "reopened"


async def test_what_closed_itself_takes_room_again(desk: Desk, move_clock: MoveClock) -> None:
    """Its owner has not closed it, so there is nothing to undo."""
    await desk.instruct("touch")
    await move_clock(timedelta(hours=25))
    await desk.run_timers()
    assert (await other(desk, 1, Verb.CLAIM)).result == "claimed"
    assert await desk.tap(1, Verb.REOPEN) == Full


async def test_their_own_release_can_be_undone_until_the_others_are_rung(
    desk: Desk, move_clock: MoveClock
) -> None:
    """After that it waits for everybody, and takes room like any other."""
    desk.rules = replace(desk.rules, release_delay=timedelta(seconds=10))
    assert (await desk.tap(1, Verb.RELEASE)).result == "released_soon"
    assert (await other(desk, 1, Verb.CLAIM)).result == "claimed"
    assert (await desk.tap(1, Verb.CLAIM)).result == "claimed"
    await desk.tap(1, Verb.RELEASE)
    await move_clock(timedelta(seconds=11))
    await desk.run_timers()
    await desk.quiet()
    assert await desk.tap(1, Verb.CLAIM) == Full


async def test_a_customer_who_comes_back_rings_only_a_last_owner_with_room(
    redis: Redis, desk: Desk, push: Push
) -> None:
    """Nobody waits a minute for somebody who could not take them."""
    await desk.tap(1, Verb.CLOSE)
    await other(desk, 1, Verb.CLAIM)
    push("One more thing")
    await desk.jobs.route()
    await desk.quiet()
    assert await redis.hget(conversation_key(ConversationId("c1")), "first_until_ms") is None
    assert "🔁 Alice" in "".join(card.text for card in await desk.cards(2))


async def test_nobody_is_passed_what_they_have_no_room_for(
    redis: Redis, desk: Desk, conversations: Conversations
) -> None:
    """It stays with whoever passes it."""
    await other(desk, 2, Verb.CLAIM)
    passed = await conversations.pass_all(ONE, TWO, [ConversationId("c1")], update_id=1)
    assert passed == DelegationOutcome("full", 0, "Operator 2")
    assert await redis.hget(conversation_key(ConversationId("c1")), "owner") == "1"


async def test_a_later_start_with_a_lower_number_takes_nothing_away(
    redis: Redis, bound: Bound, desk: Desk
) -> None:
    """They can take no more until they have room."""
    await bound(2)
    assert (await other(desk, 1, Verb.CLAIM)).result == "claimed"
    await bound(1)
    await desk.run_timers()
    assert await redis.zcard(claims_key(ONE)) == 2
    await other(desk, 1, Verb.CLOSE)
    assert (await other(desk, 1, Verb.REOPEN)).result == "reopened"


async def test_of_two_taps_at_once_one_finds_room(redis: Redis, desk: Desk) -> None:
    """Whichever phone they were made on."""
    for _ in range(5):
        await desk.tap(1, Verb.RELEASE)
        await other(desk, 1, Verb.RELEASE)
        await desk.quiet()
        taps = [desk.tap(1, Verb.CLAIM), other(desk, 1, Verb.CLAIM)]
        results = sorted(tap.result for tap in await asyncio.gather(*taps))
        assert results == ["claimed", "group_full"]
        assert await redis.zcard(claims_key(ONE)) == 1


async def test_an_own_limit_holds_until_off_duty(redis: Redis, come_on: ComeOn) -> None:
    """Whoever comes on again begins without one."""
    limits = Limits(redis)
    assert await limits.set(ONE, 3) is None
    await come_on(1)
    assert await limits.set(ONE, 3) == await limits.find(ONE) == Limit(3, 0)
    await own(redis, ONE, "support", 5)
    assert await limits.set(ONE, 2) == Limit(2, 5)
    assert await limits.set(ONE, 0) == Limit(0, 5)
    await limits.set(ONE, 2)
    await redis.delete(operator_key(ONE))
    await come_on(1)
    assert await limits.find(ONE) == Limit(0, 5)


async def test_an_own_limit_holds_for_taps(redis: Redis, bound: Bound, desk: Desk) -> None:
    """With its number in the answer."""
    await bound(0)
    await Limits(redis).set(ONE, 1)
    assert await other(desk, 1, Verb.CLAIM) == TapOutcome("limit_full", "1")
    assert (await other(desk, 2, Verb.CLAIM)).result == "claimed"


async def test_what_the_desk_asks_about_leaves_no_room_for_what_a_colleague_passes_on(
    redis: Redis, asked: Desk, push: Push
) -> None:
    """Both can be accepted only as far as there is room for both."""
    await tap(asked, 1, Verb.DECLINE, "c1")
    await tap(asked, 2, Verb.ACCEPT, "c1")
    await write(asked, push, "c2")
    assert await offered(redis) == {"c2": 1}
    await pass_on(asked, 2, 1)
    assert await tap(asked, 1, Verb.ACCEPT, "c1") == "group_full"
    assert await tap(asked, 1, Verb.ACCEPT, "c2") == "claimed"
