"""What routing costs Redis: calls of a bounded size, and few wake-ups in RQ."""

from datetime import timedelta

from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from rq import Queue

from desk_at_work.fixtures import ComeOn, MoveClock, Push
from onduty.wire import ACCEPTED
from onduty_desk.conversations.rules import Rules
from onduty_desk.lua.calling import script
from onduty_desk.model.keys import ConversationId, OperatorId, conversation_key
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.routing import Router
from onduty_dispatcher.wake_ups.timers import Timers

from .by_rules import ONE_BY_ONE, go_by


async def test_a_conversation_of_thousands_is_routed_in_pieces(
    redis: Redis, router: Router, push: Push, come_on: ComeOn
) -> None:
    """No call of the script takes on more than a bounded number, and none is left out."""
    for first in range(0, 3_000, 1_000):
        push(*(str(n) for n in range(first, first + 1_000)))
    await come_on(1, 2, 3)
    await router.route_accepted()
    assert await redis.hget("onduty:conversation:c1", "offered_seq") == "3000"
    assert await redis.zcard(ACCEPTED) == 0


async def test_a_call_of_the_script_is_bounded_over_all_conversations(
    redis: Redis, rules: Rules, push: Push, come_on: ComeOn
) -> None:
    """What the first of them took is not there for the next: Redis does nothing else meanwhile."""
    await come_on(1, 2)
    push("One", "Two", conversation="a")
    push(*(str(n) for n in range(20)), conversation="b")
    at_most_ten: list[str | int] = [rules.json, '{"support": 1}', "support", 3_600, 10, "wake-up"]
    await script(redis, "conversations/route")(args=at_most_ten)
    assert await redis.hget(conversation_key(ConversationId("a")), "offered_seq") == "2"
    assert await redis.hget(conversation_key(ConversationId("b")), "offered_seq") == "2"


async def test_a_message_is_offered_to_a_large_team_in_parts(
    redis: Redis, rules: Rules, push: Push, come_on: ComeOn
) -> None:
    """Whoever comes on or goes off in between, and whoever claims it and lets it go again."""
    await come_on(*range(1, 8))
    push("Hello", conversation="a")
    route = script(redis, "conversations/route")
    at_most_three: list[str | int] = [rules.json, '{"support": 1}', "support", 3_600, 3, "wake-up"]

    async def told() -> list[int]:
        outboxes = [int(key.rpartition(":")[2]) async for key in redis.scan_iter("onduty:outbox:*")]
        return sorted(outboxes)

    assert (await route(args=at_most_three))[0] == "1"
    assert await told() == [1, 2, 3]
    await sign_out(redis, 2)
    await come_on(8)
    await route(args=at_most_three)
    assert await told() == [1, 2, 3, 4, 5, 6]
    await redis.hset(conversation_key(ConversationId("a")), "offered_to", "2")  # who has gone
    for _ in range(3):
        await route(args=at_most_three)
    assert (await route(args=at_most_three)) == ["0", []]
    assert await told() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert await redis.hget(conversation_key(ConversationId("a")), "offered_to") is None
    assert await redis.hget(conversation_key(ConversationId("a")), "offered_seq") == "1"


async def test_a_call_chooses_for_no_more_conversations_than_it_has_time_for(
    redis: Redis, rules: Rules, push: Push, come_on: ComeOn, move_clock: MoveClock
) -> None:
    """In waves a large team is compared anew for each: more calls do the rest."""
    await go_by(redis, ONE_BY_ONE)
    await come_on(*range(1, 31))
    for n in range(100):
        push("Hello", conversation=f"c{n}")
    route = script(redis, "conversations/route")
    at_most_ten: list[str | int] = [rules.json, '{"support": 1}', "support", 3_600, 10, "wake-up"]

    async def rung(times: int) -> int:
        keys = [conversation_key(ConversationId(f"c{n}")) for n in range(100)]
        found = [await redis.hget(key, "rung") or "" for key in keys]
        return sum(len(one.split()) == times for one in found)

    assert (await route(args=at_most_ten))[0] == "1"
    assert await rung(1) == 2
    while (await route(args=at_most_ten))[0] == "1":
        pass
    assert await rung(1) == 100
    await move_clock(timedelta(seconds=21))
    next_ms, done = await script(redis, "conversations/timers")(args=[rules.json, 100])
    assert next_ms == "0"
    assert 2_000 / 30 <= len(done) == await rung(2) < 70
    await Timers(redis, rules).look()
    assert await rung(2) == 100


async def sign_out(redis: Redis, operator: int) -> None:
    await Roster(redis).sign_out(OperatorId(operator), "off")


async def test_who_routes_takes_the_other_wake_ups_out_of_rq(
    redis: Redis, redis_url: str, router: Router, push: Push, come_on: ComeOn
) -> None:
    """A thousand messages cost RQ's bookkeeping a few times, and no other job is touched."""
    await come_on(1)
    for n in range(5):
        push("Hello", conversation=f"c{n}", priority=("normal", "urgent")[n % 2])
    with BlockingRedis.from_url(redis_url) as blocking:
        plain = Queue("onduty-normal", connection=blocking, serializer="json")
        kept = [plain.enqueue("any.function").id, plain.enqueue("any.function").id]
    push("Hello", conversation="c9")
    assert await router.route_accepted() == 6
    assert await redis.lrange("rq:queue:onduty-normal", 0, -1) == kept
    assert await redis.llen("rq:queue:onduty-urgent") == 0
    assert {key async for key in redis.scan_iter("rq:job:*")} == {f"rq:job:{job}" for job in kept}


async def test_other_dispatchers_are_woken_for_what_is_many(
    redis: Redis, router: Router, push: Push, come_on: ComeOn
) -> None:
    """They share it at once, not with their next look; a single card wakes nobody else."""
    await come_on(*range(1, 61))
    await redis.config_resetstat()
    push("Hello", conversation="c2")
    await router.route_accepted()
    assert (await redis.info("commandstats"))["cmdstat_publish"]["calls"] >= 1
    await redis.hset(
        conversation_key(ConversationId("c2")), mapping={"state": "claimed", "owner": "1"}
    )
    await redis.config_resetstat()
    push("And again", conversation="c2")
    await router.route_accepted()
    assert "cmdstat_publish" not in await redis.info("commandstats")
