"""Answers as RQ jobs: they have arrived when the backend's worker has finished them."""

import pytest
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from rq import Queue, SimpleWorker

from desk.replies.conftest import Answer
from desk_at_work.at_work import RETENTION
from desk_at_work.event_delivering import take_one
from onduty import SupportDesk
from onduty.connection import connect
from onduty_desk.events.queue import EventQueue
from onduty_desk.failures.failures import Failures
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.replies.reacting import Reactions
from onduty_desk.replies.replying import JOB_GONE, Replies
from onduty_dispatcher.events.event_jobs import EventJobs
from onduty_dispatcher.events.failed_events import FailedEvents
from onduty_dispatcher.replies.finished_jobs import FinishedJobs
from onduty_dispatcher.wake_ups.routing import Router

FAILS: list[bool] = []


def on_event(event: dict[str, object]) -> None:
    """A backend's function."""
    if FAILS and event["type"] == "reply.sent":
        raise LookupError("no chat")


@pytest.fixture
def jobs(redis_url: str) -> EventJobs:
    FAILS.clear()
    return EventJobs(connect(redis_url, timeout_s=10), f"{__name__}.on_event", retention=RETENTION)


@pytest.fixture
def finished(redis: Redis, reactions: Reactions) -> FinishedJobs:
    return FinishedJobs(redis, reactions)


def work(redis_url: str) -> None:
    connection = BlockingRedis.from_url(redis_url)
    queue = Queue("onduty-events", connection=connection, serializer="json")
    SimpleWorker([queue], connection=connection, serializer="json").work(burst=True)


async def enqueue(event_queue: EventQueue, jobs: EventJobs, times: int = 2) -> str:
    """Enqueue the claim and the answer; return the answer's event."""
    event = None
    for _ in range(times):
        event = await take_one(event_queue)
        assert await jobs.deliver(event) is None
        assert await event_queue.settle(event, "queued") == "settled"
    assert event
    return event.id


async def state(redis: Redis) -> str | None:
    found = await redis.hget("onduty:reply:1:20", "state")
    return None if found is None else str(found)


async def test_it_has_arrived_when_its_job_is_finished(
    answer: Answer,
    redis: Redis,
    redis_url: str,
    event_queue: EventQueue,
    jobs: EventJobs,
    finished: FinishedJobs,
) -> None:
    """Not when it is in the queue; nothing is left to look at then."""
    await answer()
    event_id = await enqueue(event_queue, jobs)
    await finished.look()
    assert await state(redis) == "sending"
    work(redis_url)
    await finished.look()
    assert await state(redis) == "delivered"
    assert await redis.zcard("onduty:replies-queued") == 0
    assert 0 < await redis.ttl(f"rq:job:onduty-event-{event_id}") <= 86_400
    await finished.look()
    assert await state(redis) == "delivered"


async def test_what_the_worker_fails_at_has_failed_and_can_be_tried_again(
    answer: Answer,
    redis: Redis,
    redis_url: str,
    event_queue: EventQueue,
    jobs: EventJobs,
    finished: FinishedJobs,
) -> None:
    """With the error's name as the reason; `onduty failed retry` sends it as it reads now."""
    FAILS.append(True)
    await answer()
    event_id = await enqueue(event_queue, jobs)
    work(redis_url)
    await finished.look()
    assert await state(redis) == "sending"
    await FailedEvents(connect(redis_url, timeout_s=10)).list_them()
    assert await state(redis) == "failed"
    assert await redis.zcard("onduty:replies-queued") == 0
    FAILS.clear()
    assert await Failures(redis).retry(f"event-{event_id}", redis_url) == "backend"
    assert await state(redis) == "sending"
    assert await enqueue(event_queue, jobs, times=1) != event_id
    work(redis_url)
    await finished.look()
    assert await state(redis) == "delivered"
    assert await Failures(redis).all() == {}


async def test_forgotten_none_of_its_jobs_is_left(
    answer: Answer,
    redis: Redis,
    redis_url: str,
    event_queue: EventQueue,
    jobs: EventJobs,
    finished: FinishedJobs,
    replies: Replies,
    router: Router,
) -> None:
    """Neither those that are done nor those that wait, however often it was edited."""
    await answer()
    await enqueue(event_queue, jobs)
    work(redis_url)
    await finished.look()
    for n in range(4):
        text, author = f"Hello {n}", OperatorId(1)
        done = await replies.change(
            "edit", author, ChatId(1), 20, update_id=900 + n, text=text, html=text
        )
        assert done == "changed"
        await enqueue(event_queue, jobs, times=1)
        if n < 2:
            work(redis_url)
            await finished.look()
    assert len(await redis.keys("rq:job:onduty-event-*")) == 5
    SupportDesk(redis_url).forget("c1")
    await router.route_accepted()
    assert await redis.keys("rq:job:onduty-event-*") == []
    assert await redis.keys("rq:results:*") == []


async def test_a_job_that_is_gone_is_a_failure(
    answer: Answer,
    redis: Redis,
    redis_url: str,
    event_queue: EventQueue,
    jobs: EventJobs,
    finished: FinishedJobs,
) -> None:
    """Somebody has emptied the queue: its author is told, and nobody waits for ever."""
    await answer()
    event_id = await enqueue(event_queue, jobs)
    await redis.delete(f"rq:job:onduty-event-{event_id}", "rq:queue:onduty-events")
    await finished.look()
    assert await state(redis) == "failed"
    ((failure_id, failure),) = (await Failures(redis).all()).items()
    assert (failure["conversation"], failure["reason"]) == ("c1", JOB_GONE)
    assert await Failures(redis).retry(failure_id, redis_url) == "backend"
    assert await state(redis) == "sending"
    assert await Failures(redis).retry(failure_id, redis_url) == "gone"


async def test_a_failed_answer_that_is_not_known_any_more_cannot_be_retried(
    answer: Answer, redis: Redis, redis_url: str, event_queue: EventQueue, jobs: EventJobs
) -> None:
    """Its conversation has expired; while nobody delivers events it stays in the list."""
    await answer()
    event_id = await enqueue(event_queue, jobs)
    reply_id = str(await redis.hget("onduty:reply:1:20", "id"))
    await redis.zadd("onduty:replies-queued", {f"{event_id} {reply_id}": 0})
    failures = Failures(redis)
    await failures.record(f"reply-{reply_id}", {"kind": "reply", "reply": reply_id, "reason": "x"})
    wanted = await redis.get("onduty:events-wanted")
    await redis.delete("onduty:events-wanted", "onduty:reply:1:20")
    assert await failures.retry(f"reply-{reply_id}", redis_url) == "unwanted"
    await redis.set("onduty:events-wanted", str(wanted))
    assert await failures.retry(f"reply-{reply_id}", redis_url) == "expired"
    assert await failures.all() == {}
