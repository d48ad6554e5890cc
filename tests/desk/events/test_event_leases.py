"""Leases, pauses and giving up of events: when dispatchers die, come late or race."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

from redis.asyncio import Redis

from chat_backend import ChatBackend
from desk_at_work.at_work import RETENTION
from desk_at_work.event_delivering import (
    LEASE_IS_OVER,
    EmitEvents,
    delivering,
    more_in,
    nothing_is_left,
    take_one,
)
from onduty_desk.events.queue import LEASE, TRIED_FOR, EventQueue
from onduty_desk.failures.failures import Failures
from onduty_desk.model.event_keys import EVENTS_WANTED
from onduty_dispatcher.events.delivery import (
    pause_after,
)
from onduty_dispatcher.events.webhook import LONGEST_PAUSE
from waiting import until

MoveClock = Callable[[timedelta], Awaitable[None]]


async def test_pauses_grow_and_then_the_event_is_given_up(
    redis: Redis,
    redis_url: str,
    chat: ChatBackend,
    emit_events: EmitEvents,
    event_queue: EventQueue,
    move_clock: MoveClock,
) -> None:
    """For a day; then it is in the failed list, and the next ones go on. Retried, it comes."""
    await emit_events("c1", 2)
    moved, tries = timedelta(0), 0
    while (event := await take_one(event_queue)).json.count('"sequence":1'):
        assert event.failures == tries
        tries += 1
        pause = pause_after(event.failures)
        assert pause <= LONGEST_PAUSE
        settled = await event_queue.settle(event, "failed", "HTTP 500", pause=pause)
        if settled == "settled":
            assert abs(await more_in(event_queue) - pause) < timedelta(seconds=1)
        moved += pause + timedelta(milliseconds=20)
        await move_clock(moved)
    assert timedelta(hours=23, minutes=40) < moved < TRIED_FOR + 2 * LONGEST_PAUSE
    assert 100 < tries < 250
    ((failure_id, failure),) = (await Failures(redis).all()).items()
    assert (failure["kind"], failure["reason"]) == ("event", "HTTP 500")
    assert failure["event"]["sequence"] == 1
    assert await event_queue.settle(event, "confirmed") == "settled"
    assert await Failures(redis).retry(failure_id, redis_url) == "backend"
    assert await Failures(redis).retry(failure_id, redis_url) == "gone"
    async with delivering(redis, chat.url):
        await until(lambda: chat.sequences("c1"), equals=[1])
    assert chat.received[0].id == failure["event"]["id"]
    assert await Failures(redis).all() == {}


async def test_a_given_up_event_waits_for_a_dispatcher_that_delivers(
    redis: Redis,
    redis_url: str,
    emit_events: EmitEvents,
    event_queue: EventQueue,
    move_clock: MoveClock,
) -> None:
    """With events turned off, a retry says so and loses nothing."""
    await emit_events()
    event = await take_one(event_queue)
    await move_clock(TRIED_FOR)
    assert await event_queue.settle(event, "failed", "no", pause=LEASE) == "given_up"
    await redis.delete(EVENTS_WANTED)
    assert await Failures(redis).retry(f"event-{event.id}", redis_url) == "unwanted"
    assert list(await Failures(redis).all()) == [f"event-{event.id}"]


def test_pauses_have_chance_in_them() -> None:
    """Conversations that failed together do not come back together."""
    assert len({pause_after(5) for _ in range(50)}) > 40
    for failures in range(3_000):
        assert timedelta(seconds=0.5) <= pause_after(failures) <= LONGEST_PAUSE


async def test_many_look_and_one_delivers(redis: Redis, emit_events: EmitEvents) -> None:
    """Of ten that take at once, one gets the conversation."""
    await emit_events("c1", 3)
    dispatchers = [EventQueue(redis, retention=RETENTION) for _ in range(10)]
    taken = [taken for taken, _ in await asyncio.gather(*(d.take(10) for d in dispatchers))]
    assert sum(len(events) for events in taken) == 1


async def test_a_killed_dispatcher_s_event_is_taken_over(
    emit_events: EmitEvents, event_queue: EventQueue, move_clock: MoveClock
) -> None:
    """Within fifteen seconds: a lease and a look."""
    await emit_events("c1", 2)
    dead = await take_one(event_queue)
    assert abs(await more_in(event_queue) - LEASE) < timedelta(seconds=1)
    await move_clock(LEASE_IS_OVER)
    assert timedelta(seconds=15) > LEASE_IS_OVER + timedelta(seconds=1)
    assert (await take_one(event_queue)).id == dead.id


async def test_a_late_confirmation_is_the_truth_and_keeps_the_order(
    emit_events: EmitEvents, event_queue: EventQueue, move_clock: MoveClock
) -> None:
    """Its lease was over: the next event still waits for the one who is telling this one again."""
    await emit_events("c1", 2)
    late = await take_one(event_queue)
    await move_clock(LEASE_IS_OVER)
    other = await take_one(event_queue)
    assert await event_queue.settle(late, "confirmed") == "settled"
    assert (await event_queue.take(10))[0] == []
    assert await event_queue.settle(other, "confirmed") == "gone"
    following = await take_one(event_queue)
    assert json.loads(following.json)["sequence"] == 2
    assert await event_queue.settle(late, "confirmed") == "gone"


async def test_a_late_failure_changes_nothing(
    redis: Redis, emit_events: EmitEvents, event_queue: EventQueue, move_clock: MoveClock
) -> None:
    """Another has the lease: it alone says when to try again."""
    await emit_events()
    late = await take_one(event_queue)
    await move_clock(LEASE_IS_OVER)
    other = await take_one(event_queue)
    assert await event_queue.settle(late, "failed", "no", pause=timedelta(hours=1)) == "gone"
    assert await redis.hget("onduty:events-trying:c1", "failures") is None
    assert await event_queue.settle(other, "again") == "settled"
    assert (await take_one(event_queue)).failures == 0


async def test_an_event_that_expired_is_forgotten(
    redis: Redis, emit_events: EmitEvents, event_queue: EventQueue
) -> None:
    """The timetable does not name it for ever."""
    await emit_events()
    await redis.delete("onduty:events:c1")
    assert await event_queue.take(10) == ([], None)
    assert await nothing_is_left(redis)
