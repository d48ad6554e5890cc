"""Whose phone takes nothing while others' do is not available, until something arrives there."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, MoveClock, Push
from onduty_desk.availability.groups import Groups
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.model.event_keys import EVENTS_WANTED, events_key
from onduty_desk.model.keys import ConversationId, OperatorId, conversation_key, offers_key
from onduty_desk.model.roster_keys import FAILING_PHONES, UNREACHABLE
from onduty_desk.roster.group_rules import GroupRules, write_group_rules
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Kind, Sandbox
from waiting import until

ONE, TWO = OperatorId(1), OperatorId(2)
C1 = ConversationId("c1")
ASSIGNED = GroupRules(routing="assigned", accept_within=600)
_updates = count(4_000)
Fails = Callable[..., Awaitable[None]]


@pytest.fixture
async def desk(redis: Redis, alice_writes: AliceWrites) -> Desk:
    """Three on duty, who have seen that Alice waits; events are kept."""
    await redis.set(EVENTS_WANTED, 3600)
    return await alice_writes(1, 2, 3)


@pytest.fixture
def fails(redis: Redis, desk: Desk, sandbox: Sandbox, push: Push) -> Fails:
    """Let a phone's sends fail; the first was counted before the others' that went well."""

    async def fail(
        operator: int, kind: Kind = "500", since_ms: int = 1, before: int = 1, **more: str
    ) -> None:
        if before:
            await redis.hset(FAILING_PHONES, str(operator), f"{before} {since_ms}")
        sent = len(await sandbox.log(method="sendMessage"))
        await sandbox.fault(kind, "sendMessage", chat_id=operator, times=20)
        push("Hello", conversation=f"of {sent}", customer_name="Bob", **more)
        await desk.jobs.route()

        async def is_settled() -> bool:
            log = await sandbox.log(method="sendMessage")
            theirs = [one for one in log[sent:] if one.chat_id == operator]
            return any(one.status is not None for one in theirs)

        await until(is_settled)

    return fail


async def is_away(redis: Redis, operator: int = 2) -> bool:
    return await redis.zscore(UNREACHABLE, str(operator)) is not None


async def available(redis: Redis, groups: Groups) -> int:
    await groups.look("five")
    return int(json.loads(str(await redis.get("onduty:public:availability:support")))["available"])


@pytest.fixture
def groups(redis: Redis) -> Groups:
    return Groups(redis, ["support", "sales"])


async def test_two_failures_while_others_have_theirs_are_enough(
    redis: Redis, desk: Desk, fails: Fails, push: Push, groups: Groups
) -> None:
    """The first says nothing yet; what a backend may know follows."""
    await fails(2, before=0)
    await until(lambda: redis.hexists(FAILING_PHONES, "2"))
    assert not await is_away(redis)
    assert await available(redis, groups) == 3
    push("Hello", conversation="c9", customer_name="Dora")
    await desk.jobs.route()
    await until(lambda: is_away(redis))
    assert await available(redis, groups) == 2
    assert await is_away(redis, 1) is False


async def test_who_is_out_of_reach_is_not_rung_by_a_wave(
    redis: Redis, desk: Desk, fails: Fails, push: Push
) -> None:
    """Nor passed a customer, though they come first by all else."""
    await fails(2)
    await until(lambda: is_away(redis))
    rules = {"support": GroupRules(routing="waves", wave_size=3, next_wave_after=600)}
    await write_group_rules(redis, ["support"], rules)
    push("Hello", conversation="c9", customer_name="Dora")
    await desk.jobs.route()
    key = conversation_key(ConversationId("c9"))
    assert "2" not in str(await redis.hget(key, "rung")).split()
    await redis.hset(conversation_key(C1), mapping={"state": "claimed", "owner": "1"})
    passed = await Conversations(redis, desk.rules).pass_all(
        ONE, TWO, [C1], update_id=next(_updates)
    )
    assert passed.result == "unavailable"


async def test_what_they_are_asked_goes_to_the_next(
    redis: Redis, desk: Desk, sandbox: Sandbox
) -> None:
    """At once: the question never reached them."""
    await sandbox.fault("500", "sendMessage", chat_id=1, times=20)
    await redis.hset(FAILING_PHONES, "1", "1 1")
    await write_group_rules(redis, ["support"], {"support": ASSIGNED})
    await until(lambda: is_away(redis, 1))
    await desk.run_timers()
    assert await redis.hget(conversation_key(C1), "pass_to") in {"2", "3"}
    assert await redis.zcard(offers_key(ONE)) == 0


async def test_a_send_that_arrives_brings_them_back(
    redis: Redis, desk: Desk, fails: Fails, sandbox: Sandbox, move_clock: MoveClock
) -> None:
    """What has failed goes again, and arrives."""
    await fails(2)
    await until(lambda: is_away(redis))
    await sandbox.clear_faults()
    await move_clock(timedelta(seconds=30))
    await until(lambda: is_away(redis), equals=False)
    assert not await redis.hexists(FAILING_PHONES, "2")
    await desk.quiet()


async def test_whoever_does_something_is_back(redis: Redis, fails: Fails, roster: Roster) -> None:
    """Their phone works."""
    await fails(2)
    await until(lambda: is_away(redis))
    await roster.known_as(TWO, name="Operator 2", language="en")
    assert not await is_away(redis)


async def test_after_a_minute_they_are_tried_again(
    redis: Redis, fails: Fails, groups: Groups, move_clock: MoveClock
) -> None:
    """The next failure is enough then."""
    await fails(2)
    await until(lambda: is_away(redis))
    await groups.look("second")
    assert await is_away(redis)
    await move_clock(timedelta(seconds=61))
    await groups.look("second")
    assert str(await redis.hget(FAILING_PHONES, "2")).startswith(("1 ", "2 "))


@pytest.mark.parametrize(("kind", "since_ms"), [("429", 1), ("500", 9 * 10**12)])
async def test_who_must_wait_or_fails_with_all_others_is_not_away(
    redis: Redis, fails: Fails, kind: Kind, since_ms: int
) -> None:
    """A 429 misses nothing, and when nobody's sends go well it is Telegram."""
    await fails(2, kind, since_ms)
    assert not await is_away(redis)


async def test_off_duty_nothing_is_left_of_it(redis: Redis, fails: Fails, roster: Roster) -> None:
    """Whoever comes on again is available."""
    await fails(2)
    await until(lambda: is_away(redis))
    await roster.sign_out(TWO)
    assert not await is_away(redis)
    assert not await redis.hexists(FAILING_PHONES, "2")


async def test_where_all_are_out_of_reach_the_backend_is_told(
    redis: Redis, desk: Desk, groups: Groups, push: Push
) -> None:
    """They are on duty, and do not pause."""
    await redis.zadd(UNREACHABLE, {"1": 9e15, "2": 9e15, "3": 9e15})
    push("Hello", conversation="c9", customer_name="Dora")
    await desk.jobs.route()
    await groups.look("second")
    events = await redis.lrange(events_key(ConversationId("c9")), 0, -1)
    assert [json.loads(event)["reason"] for event in events] == ["unreachable"]
