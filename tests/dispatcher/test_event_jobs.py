"""Events as RQ jobs: what a stock worker of the backend finds in the queue."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from rq import Queue, SimpleWorker

from desk_at_work.at_work import RETENTION
from desk_at_work.event_delivering import take_one
from desk_at_work.fixtures import Emit, Lua
from hostile import HOSTILE
from onduty.connection import connect
from onduty.events import Event, ReplySent, parse_event
from onduty_desk.events.queue import LEASE, DueEvent, EventQueue, NotConfirmed
from onduty_desk.failures.failures import Failures
from onduty_desk.lua.loader import source
from onduty_dispatcher.events.event_jobs import EventJobs
from onduty_dispatcher.events.failed_events import FailedEvents

MoveClock = Callable[[timedelta], Awaitable[None]]
RECEIVED: list[Event] = []
FAILS: list[bool] = []
TRIES: list[str] = []


def on_event(event: dict[str, object]) -> None:
    """A backend's function, in the two lines that the documentation shows."""
    if FAILS:
        TRIES.append(str(event["id"]))
        raise LookupError(f"no chat for:\nAlice: {event}")
    RECEIVED.append(parse_event(event))


@pytest.fixture
def jobs(redis_url: str) -> EventJobs:
    for each in (RECEIVED, FAILS, TRIES):
        each.clear()
    return EventJobs(connect(redis_url, timeout_s=10), f"{__name__}.on_event", retention=RETENTION)


@pytest.fixture
def queue(redis_url: str) -> Queue:
    return Queue("onduty-events", connection=BlockingRedis.from_url(redis_url), serializer="json")


def work(queue: Queue) -> None:
    SimpleWorker([queue], connection=queue.connection, serializer="json").work(burst=True)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
async def test_a_stock_worker_gets_the_event(
    text: str, jobs: EventJobs, event_queue: EventQueue, lua: Lua, redis: Redis, queue: Queue
) -> None:
    """One argument, a JSON object, whatever an operator writes; no text in the description."""
    await event_queue.take(1)
    script = lua(
        "events.emit('c1', 'reply.sent',"
        "  { reply_id = 'r', text = ARGV[1], operator = operators.person(7, 'A') })",
        "events/events",
        "roster/operators",
    )
    await redis.eval(script, 0, text)
    event = await take_one(event_queue)
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
    jobs: EventJobs, event_queue: EventQueue, emit: Emit, redis: Redis, queue: Queue
) -> None:
    """RQ's own lists are its own; no job and no result remains."""
    await event_queue.take(1)
    await emit("c1", "conversation.closed")
    event = await take_one(event_queue)
    await jobs.deliver(event)
    await event_queue.settle(event, "confirmed")
    work(queue)
    assert len(RECEIVED) == 1
    assert await redis.keys("rq:job:*") + await redis.keys("rq:results:*") == []
    assert await redis.keys("onduty:events*") == ["onduty:events-wanted"]


async def test_a_repeat_has_the_same_job_id(
    jobs: EventJobs, event_queue: EventQueue, emit: Emit, queue: Queue, move_clock: MoveClock
) -> None:
    """A dispatcher died between enqueueing and settling: both stand before the next event."""
    await event_queue.take(1)
    await emit("c1", "conversation.closed")
    await emit("c1", "conversation.closed")
    dead = await take_one(event_queue)
    await jobs.deliver(dead)
    await move_clock(LEASE + timedelta(seconds=1))
    for _ in range(2):
        event = await take_one(event_queue)
        await jobs.deliver(event)
        await event_queue.settle(event, "confirmed")
    first, second = dict.fromkeys(queue.job_ids)
    assert queue.job_ids == [first, first, second]


async def test_a_dispatcher_that_was_frozen_enqueues_nothing(
    jobs: EventJobs, event_queue: EventQueue, emit: Emit, queue: Queue, move_clock: MoveClock
) -> None:
    """Another has its lease: an old event does not come behind newer ones."""
    await event_queue.take(1)
    await emit("c1", "conversation.closed")
    frozen = await take_one(event_queue)
    await move_clock(LEASE + timedelta(seconds=1))
    event = await take_one(event_queue)
    assert await jobs.deliver(frozen) == NotConfirmed("another dispatcher has the lease")
    assert queue.job_ids == []
    await jobs.deliver(event)
    await event_queue.settle(event, "confirmed")
    assert await jobs.deliver(frozen) == NotConfirmed("another dispatcher has the lease")
    assert len(queue.job_ids) == 1


@pytest.fixture
def failed_events(redis_url: str) -> FailedEvents:
    return FailedEvents(connect(redis_url, timeout_s=10))


async def tell_and_work(
    event_queue: EventQueue, jobs: EventJobs, emit: Emit, queue: Queue
) -> DueEvent:
    await event_queue.take(1)
    await emit("c1", "conversation.closed")
    event = await take_one(event_queue)
    assert await jobs.deliver(event) is None
    await event_queue.settle(event, "confirmed")
    work(queue)
    return event


async def test_what_the_backend_s_worker_fails_at_is_tried_again_and_then_listed(
    jobs: EventJobs,
    event_queue: EventQueue,
    emit: Emit,
    queue: Queue,
    failed_events: FailedEvents,
    redis: Redis,
    redis_url: str,
) -> None:
    """Five more times by RQ; then in the failed list, without anybody's words, and out of RQ."""
    FAILS.append(True)
    event = await tell_and_work(event_queue, jobs, emit, queue)
    assert [event.id] * 6 == TRIES
    await asyncio.gather(*(failed_events.list_them() for _ in range(3)))
    ((failure_id, failure),) = (await Failures(redis).all()).items()
    assert failure_id == f"event-{event.id}"
    assert (failure["kind"], failure["conversation"]) == ("event", "c1")
    assert failure["event"] == json.loads(event.json)
    assert failure["reason"] == f"{__name__}.on_event raised LookupError in the backend's RQ worker"
    assert await redis.zrange("rq:failed:onduty-events", 0, -1) == []
    assert await redis.keys("rq:job:*") + await redis.keys("rq:results:*") == []

    FAILS.clear()
    assert await Failures(redis).retry(failure_id, redis_url) == "backend"
    again = await take_one(event_queue)
    await jobs.deliver(again)
    work(queue)
    assert [received.id for received in RECEIVED] == [event.id]


async def test_what_somebody_requeued_is_not_listed(
    jobs: EventJobs, event_queue: EventQueue, emit: Emit, queue: Queue, redis: Redis
) -> None:
    """An SRE who uses RQ's own command is not undone."""
    FAILS.append(True)
    event = await tell_and_work(event_queue, jobs, emit, queue)
    job_id = f"onduty-event-{event.id}"
    queue.failed_job_registry.requeue(job_id)
    script = source("onduty_dispatcher/events/put_event_aside")
    assert await redis.eval(script, 0, job_id, "event-1", "{}") == 0
    assert queue.job_ids == [job_id]
    assert await Failures(redis).all() == {}


async def test_other_jobs_that_failed_in_the_queue_are_left_alone(
    failed_events: FailedEvents, redis: Redis
) -> None:
    """The queue is the backend's; odd jobs are no trouble, and no event of ours."""
    await redis.hset("rq:job:onduty-event-1", "data", '["f", null, [{"id": "2"}], {}]')
    await redis.hset("rq:job:onduty-event-2", "data", b"\x80")
    await redis.set("rq:job:onduty-event-3", "no hash")
    await redis.hset("rq:job:onduty-event-5", "data", '["f", null, ["text"], {}]')
    half = json.dumps(["f", None, [{"id": "6", "conversation_id": "\ud83d"}], {}])
    await redis.hset("rq:job:onduty-event-6", "data", half)
    await redis.hset("rq:job:onduty-event-7", "data", half.replace('"6"', '"\\ud83d"'))
    names = [*(f"onduty-event-{number}" for number in range(1, 8)), "theirs"]
    await redis.zadd("rq:failed:onduty-events", dict.fromkeys(names, 9e9))
    await failed_events.list_them()
    assert await Failures(redis).all() == {}
    assert await redis.zcard("rq:failed:onduty-events") == len(names)


async def test_a_job_that_nobody_takes_does_not_stay_for_ever(
    jobs: EventJobs, event_queue: EventQueue, emit: Emit, redis: Redis
) -> None:
    """It may hold people's words: it goes with the desk's own records."""
    await event_queue.take(1)
    await emit("c1", "conversation.closed")
    event = await take_one(event_queue)
    await jobs.deliver(event)
    left_s = await redis.ttl(f"rq:job:onduty-event-{event.id}")
    assert 0 < left_s <= RETENTION.total_seconds()
