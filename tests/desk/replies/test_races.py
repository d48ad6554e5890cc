"""Answers at the same moment, and the same one twice."""

import asyncio

from redis.asyncio import Redis

from desk.replies.conftest import Answer
from desk_at_work.event_delivering import LEASE_IS_OVER, take_one
from desk_at_work.fixtures import MoveClock
from onduty_desk.events.queue import EventQueue


async def kinds(redis: Redis) -> list[str]:
    found = await redis.lrange("onduty:events:c1", 0, -1)
    return [str(one).partition('"type":"')[2].partition('"')[0] for one in found]


async def test_of_two_at_once_one_is_sent(answer: Answer, redis: Redis) -> None:
    """In every round exactly one, and it is the owner's."""
    results = await asyncio.gather(answer(by=1), answer(by=2))
    assert sorted(one.result for one in results) == ["sent", "taken"]
    assert await kinds(redis) == ["conversation.claimed", "reply.sent"]
    owner = await redis.hget("onduty:conversation:c1", "owner")
    sent = [one.result for one in results].index("sent") + 1
    assert str(owner) == str(sent)
    assert {one.name for one in results} == {"", f"Operator {sent}"}


async def test_the_same_update_twice_sends_once(answer: Answer, redis: Redis) -> None:
    """At once, or one after the other."""
    results = await asyncio.gather(*(answer(update=1) for _ in range(5)))
    assert {one.result for one in results} == {"sent"}
    assert await kinds(redis) == ["conversation.claimed", "reply.sent"]


async def test_settled_twice_it_is_confirmed_once(
    answer: Answer, redis: Redis, event_queue: EventQueue, move_clock: MoveClock
) -> None:
    """A dispatcher was taken for dead and was not: both have posted the answer."""
    await answer()
    await event_queue.settle(await take_one(event_queue), "confirmed")
    first = await take_one(event_queue)
    await move_clock(LEASE_IS_OVER)
    second = await take_one(event_queue)
    assert first.id == second.id
    assert await event_queue.settle(first, "confirmed") == "settled"
    assert await redis.hget("onduty:reply:1:20", "state") == "delivered"
    assert await event_queue.settle(second, "failed", "too late") == "gone"
    assert await redis.hget("onduty:reply:1:20", "state") == "delivered"


async def test_after_a_day_of_failures_it_has_failed(
    answer: Answer, redis: Redis, event_queue: EventQueue, move_clock: MoveClock
) -> None:
    """Its author is told, and can try again; the failed list has it."""
    await answer()
    await event_queue.settle(await take_one(event_queue), "confirmed")
    event = await take_one(event_queue)
    await event_queue.settle(event, "failed", "HTTP 500")
    assert await redis.hget("onduty:reply:1:20", "state") == "sending"
    await move_clock(LEASE_IS_OVER * 7_000)
    event = await take_one(event_queue)
    assert await event_queue.settle(event, "failed", "HTTP 500") == "given_up"
    reply = await redis.hgetall("onduty:reply:1:20")
    assert (reply["state"], reply["reason"]) == ("failed", "HTTP 500")
    assert reply["failure"] == f"event-{event.id}"
    assert await redis.zrange("onduty:replies-failed", 0, -1) == ["1:20"]
