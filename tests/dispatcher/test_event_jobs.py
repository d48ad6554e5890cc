"""Events as RQ jobs: what a stock worker of the backend finds in the queue."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from rq import Queue, SimpleWorker

from hostile import HOSTILE
from onduty.connection import connect
from onduty.events import Event, ReplySent, parse_event
from onduty_dispatcher.event_jobs import EventJobs
from onduty_dispatcher.undelivered import LEASE, DueEvent, Undelivered

from .at_work import RETENTION
from .conftest import Emit, Lua

MoveClock = Callable[[timedelta], Awaitable[None]]
RECEIVED: list[Event] = []


def on_event(event: dict[str, object]) -> None:
    """A backend's function, in the two lines that the documentation shows."""
    RECEIVED.append(parse_event(event))


@pytest.fixture
def jobs(redis_url: str) -> EventJobs:
    RECEIVED.clear()
    return EventJobs(connect(redis_url, timeout_s=10), f"{__name__}.on_event")


@pytest.fixture
def undelivered(redis: Redis) -> Undelivered:
    return Undelivered(redis, retention=RETENTION)


@pytest.fixture
def queue(redis_url: str) -> Queue:
    return Queue("onduty-events", connection=BlockingRedis.from_url(redis_url), serializer="json")


async def take_one(undelivered: Undelivered) -> DueEvent:
    (event,), _ = await undelivered.take(10)
    return event


def work(queue: Queue) -> None:
    SimpleWorker([queue], connection=queue.connection, serializer="json").work(burst=True)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
async def test_a_stock_worker_gets_the_event(
    text: str, jobs: EventJobs, undelivered: Undelivered, lua: Lua, redis: Redis, queue: Queue
) -> None:
    """One argument, a JSON object, whatever an operator writes; no text in the description."""
    await undelivered.take(1)
    script = lua(
        "emit('c1', 'reply.sent', { reply_id = 'r', text = ARGV[1], operator = person(7, 'A') })"
    )
    await redis.eval(script, 0, text)
    event = await take_one(undelivered)
    assert await jobs.deliver(event) is None
    (job,) = queue.jobs
    assert job.id == f"onduty-event-{event.id}"
    assert job.args == [json.loads(event.json)]
    assert job.description == f"event {event.id}"
    work(queue)
    (received,) = RECEIVED
    assert isinstance(received, ReplySent)
    assert received.text == text


async def test_nothing_is_left_when_the_backend_is_done(
    jobs: EventJobs, undelivered: Undelivered, emit: Emit, redis: Redis, queue: Queue
) -> None:
    """RQ's own lists are its own; no job and no result remains."""
    await undelivered.take(1)
    await emit("c1", "conversation.closed")
    event = await take_one(undelivered)
    await jobs.deliver(event)
    await undelivered.settle(event, "confirmed")
    work(queue)
    assert len(RECEIVED) == 1
    assert await redis.keys("rq:job:*") + await redis.keys("rq:results:*") == []
    assert await redis.keys("onduty:events*") == ["onduty:events-wanted"]


async def test_a_repeat_has_the_same_job_id(
    jobs: EventJobs, undelivered: Undelivered, emit: Emit, queue: Queue, move_clock: MoveClock
) -> None:
    """A dispatcher died between enqueueing and settling: both stand before the next event."""
    await undelivered.take(1)
    await emit("c1", "conversation.closed")
    await emit("c1", "conversation.closed")
    dead = await take_one(undelivered)
    await jobs.deliver(dead)
    await move_clock(LEASE + timedelta(seconds=1))
    for _ in range(2):
        event = await take_one(undelivered)
        await jobs.deliver(event)
        await undelivered.settle(event, "confirmed")
    first, second = dict.fromkeys(queue.job_ids)
    assert queue.job_ids == [first, first, second]


async def test_a_dispatcher_that_was_frozen_enqueues_nothing(
    jobs: EventJobs, undelivered: Undelivered, emit: Emit, queue: Queue, move_clock: MoveClock
) -> None:
    """Another has its lease: an old event does not come behind newer ones."""
    await undelivered.take(1)
    await emit("c1", "conversation.closed")
    frozen = await take_one(undelivered)
    await move_clock(LEASE + timedelta(seconds=1))
    event = await take_one(undelivered)
    assert await jobs.deliver(frozen) == "another dispatcher has the lease"
    assert queue.job_ids == []
    await jobs.deliver(event)
    await undelivered.settle(event, "confirmed")
    assert await jobs.deliver(frozen) == "another dispatcher has the lease"
    assert len(queue.job_ids) == 1
