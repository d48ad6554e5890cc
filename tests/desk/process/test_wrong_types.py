"""Somebody with all rights writes over a key of ours: its owner is set aside, all others go on."""

import asyncio
from collections.abc import Callable

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError
from structlog.testing import capture_logs

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, Push
from onduty.wire import ACCEPTED
from onduty_desk.failures.failures import Failures
from onduty_desk.model.keys import FAILED, aside_key, waiting_key
from onduty_desk.process.cancellation import cancel
from onduty_desk.process.outage import Outage
from onduty_desk.process.wrong_types import wrong_types
from onduty_dispatcher.wake_ups.routing import Router

Logs = Callable[[], list[str]]


async def test_a_phones_outbox_overwritten_costs_no_customer(
    at_work: Desk, redis: Redis, come_on: ComeOn, push: Push
) -> None:
    """It is moved aside and named; both phones get the card."""
    await come_on(1, 2)
    await redis.set("onduty:outbox:1", "somebody else's")
    push("Hello?")
    with capture_logs() as logs:
        await at_work.jobs.route()
        await at_work.jobs.route()
    await at_work.quiet()
    assert [(log["event"], log["key"]) for log in logs if "key" in log] == [
        ("redis.wrong_type", "onduty:outbox:1")
    ]
    assert await redis.get(aside_key("onduty:outbox:1")) == "somebody else's"
    assert len(await at_work.cards(1)) == len(await at_work.cards(2)) == 1
    assert await redis.zcard(FAILED) == 0


async def test_a_conversations_key_overwritten_sets_it_aside_alone(
    at_work: Desk, redis: Redis, come_on: ComeOn, push: Push
) -> None:
    """It is on the failed list with the key's name; the next customer is shown."""
    await come_on(1)
    await redis.set("onduty:messages:c1", "somebody else's")
    push("Hello?")
    push("Me too", conversation="c2")
    await at_work.jobs.route()
    await at_work.quiet()
    assert "Me too" in (await at_work.card(1)).text
    failure = (await Failures(redis).all())["conversation-c1"]
    assert failure["reason"] == "onduty:messages:c1 is a string and must be a zset"


@pytest.mark.parametrize("key", ["onduty:chat:1", "onduty:redraws:1", "onduty:copies:c1"])
async def test_what_the_sender_meets_is_moved_aside(
    key: str, alice_writes: AliceWrites, redis: Redis, push: Push
) -> None:
    """A key that breaks the taking of phones keeps nobody waiting for longer than seconds."""
    desk = await alice_writes(1, 2)
    await redis.delete(key)
    await redis.set(key, "somebody else's")
    push("Anybody there?", conversation="c2")
    await desk.jobs.route()
    await desk.quiet()
    assert any("Anybody there?" in card.text for card in await desk.cards(2))


async def test_a_key_of_the_whole_desk_blames_no_conversation(
    router: Router, redis: Redis, come_on: ComeOn, push: Push
) -> None:
    """Nothing is set aside: it waits until somebody has removed the key."""
    await come_on(1)
    await redis.set(waiting_key("support"), "somebody else's")
    push("Hello?")
    with pytest.raises(ResponseError):
        await router.route_accepted()
    assert await redis.zcard(FAILED) == 0
    await redis.delete(waiting_key("support"))
    await redis.zadd(ACCEPTED, {"c1": 1})
    assert await router.route_accepted() == 1


async def test_a_key_of_the_whole_desk_is_told_once(redis: Redis) -> None:
    """With its name and what to do; it stays where it is."""
    await redis.set(waiting_key("support"), "somebody else's")
    with capture_logs() as logs:
        outage = Outage()
        watching = asyncio.create_task(outage.watch(redis))
        for _ in range(3):
            outage.report(ResponseError("WRONGTYPE Operation against a key"))
            await asyncio.sleep(0.6)
        await cancel(watching, again_after_s=0.2)
    assert [log["key"] for log in logs] == [waiting_key("support")]
    assert "DEL or RENAME" in logs[0]["next_step"]
    assert await redis.exists(waiting_key("support"))


async def test_what_the_desk_writes_is_of_the_types_it_expects(
    alice_writes: AliceWrites, redis: Redis, push: Push
) -> None:
    """Else a key that is right would be moved aside."""
    desk = await alice_writes(1, 2)
    await desk.tap(1, "claim")
    await desk.quiet()
    push("And then?")
    await desk.jobs.route()
    assert await wrong_types(redis) == []
