"""Lanes do what our two functions ask for, nothing else, and end without leaving a job behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from rq import Callback, Queue, Repeat, Retry
from rq.job import Job

from onduty.connection import connect
from onduty.wire import NOTIFY_OPERATORS, ROUTE, WAKE_UP_ID
from onduty_dispatcher.wake_ups.held_jobs import HeldJob
from onduty_dispatcher.wake_ups.lanes import Lanes
from onduty_dispatcher.wake_ups.rq_data import Pushed, Unusable
from servers import Valkey
from waiting import GENEROUS_S, until


def queue(url: str) -> Queue:
    return Queue("onduty-normal", connection=Redis.from_url(url), serializer="json")


@asynccontextmanager
async def running_lanes(url: str, count: int = 2) -> AsyncIterator["asyncio.Queue[str]"]:
    """Run lanes that put each job's message, or why it has none, into a queue."""
    done: asyncio.Queue[str] = asyncio.Queue()

    async def take(job: HeldJob) -> bool:
        match job.asks:
            case Pushed("wait"):
                await asyncio.sleep(0.2)
                await done.put("wait")
            case Pushed(message):
                await done.put(str(message))
            case Unusable(reason):
                await done.put(reason)
        return isinstance(job.asks, Pushed)

    lanes = Lanes(
        lambda: connect(url, timeout_s=10),
        ["onduty-normal"] * count,
        take,
        asyncio.get_running_loop(),
    )
    stopping = asyncio.Event()
    working = asyncio.create_task(lanes.run(stopping))
    try:
        yield done
    finally:
        stopping.set()
        await working


async def next_done(done: "asyncio.Queue[str]") -> str:
    async with asyncio.timeout(GENEROUS_S):
        return await done.get()


async def status_of(job: Job) -> str:
    """Wait until a job has ended, one way or the other."""
    async with asyncio.timeout(GENEROUS_S):
        while not (job.is_failed or job.is_finished):  # noqa: ASYNC110 - RQ tells it in Redis only
            await asyncio.sleep(0.01)
    return job.get_status(refresh=False).value


async def test_a_job_runs_on_the_event_loop(redis_url: str) -> None:
    """Every job, by whichever lane, once."""
    async with running_lanes(redis_url) as done:
        for n in range(20):
            queue(redis_url).enqueue(NOTIFY_OPERATORS, str(n))
        assert {await next_done(done) for _ in range(20)} == {str(n) for n in range(20)}
        assert done.empty()


@pytest.mark.parametrize("function", ["os.system", "onduty_dispatcher.jobs.Jobs", "builtins.print"])
async def test_a_function_that_is_not_ours_does_not_run(redis_url: str, function: str) -> None:
    """Whoever can write to the queue cannot run code; the reason says what to push."""
    async with running_lanes(redis_url) as done:
        job = queue(redis_url).enqueue(function, "touch /tmp/onduty-was-here")
        assert f"it calls '{function}', which does not run here; push" in await next_done(done)
        await until(lambda: job.connection.keys(f"rq:*{job.id}*"), equals=[])


async def test_callbacks_and_webhooks_of_a_job_are_ignored(redis_url: str) -> None:
    """A job of ours that names a callback does its work; the callback is not even imported."""
    async with running_lanes(redis_url) as done:
        job = queue(redis_url).enqueue(
            NOTIFY_OPERATORS,
            "hello",
            on_success=Callback("no.such.module"),
            on_failure=Callback("no.such.module"),
        )
        assert await next_done(done) == "hello"
        assert await status_of(job) == "finished"


async def test_a_pickled_job_is_not_read(redis_url: str) -> None:
    """Lanes read JSON only: reading a pickle runs code."""
    async with running_lanes(redis_url) as done:
        Queue("onduty-normal", connection=Redis.from_url(redis_url)).enqueue("ours.do", "hello")
        assert "pickled" in await next_done(done)


async def test_retries_and_repeats_of_a_job_are_ignored(redis_url: str) -> None:
    """A million retries of a function that is not ours are one line in the failed list."""
    async with running_lanes(redis_url) as done:
        jobs = queue(redis_url)
        jobs.enqueue("no.such.function", retry=Retry(max=1_000_000))
        assert "does not run here" in await next_done(done)
        repeating = jobs.enqueue(NOTIFY_OPERATORS, "again", repeat=Repeat(times=5))
        assert await next_done(done) == "again"
        assert await status_of(repeating) == "finished"
        jobs.enqueue(NOTIFY_OPERATORS, "afterwards")
        assert await next_done(done) == "afterwards"
        assert done.empty()
        assert jobs.scheduled_job_registry.get_job_ids(cleanup=False) == []


async def test_stopping_finishes_what_has_begun_and_leaves_the_rest_queued(redis_url: str) -> None:
    """No job is stranded between the pop and its bookkeeping, however often one stops."""
    jobs = queue(redis_url)
    for _ in range(40):
        jobs.enqueue(NOTIFY_OPERATORS, "wait", result_ttl=0)
    ran = 0
    for _ in range(3):
        async with running_lanes(redis_url) as done:
            await next_done(done)
        ran += 1 + done.qsize()
    assert len(jobs) + ran == 40
    assert jobs.intermediate_queue.get_job_ids() == []
    assert jobs.started_job_registry.get_job_ids(cleanup=False) == []


async def test_lanes_go_on_after_a_restart_of_redis(own_valkey: Valkey) -> None:
    """A Redis that comes back costs a pause, not the process."""
    async with running_lanes(own_valkey.url) as done:
        queue(own_valkey.url).enqueue(NOTIFY_OPERATORS, "before")
        assert await next_done(done) == "before"
        own_valkey.kill()
        await asyncio.sleep(0.1)
        own_valkey.start()
        queue(own_valkey.url).enqueue(NOTIFY_OPERATORS, "after")
        assert await next_done(done) == "after"


async def test_finished_wake_ups_leave_nothing(redis: AsyncRedis, redis_url: str) -> None:
    """A wake-up's job is gone when it is done."""
    async with running_lanes(redis_url) as done:
        queue(redis_url).enqueue(NOTIFY_OPERATORS, "x", result_ttl=0)
        await next_done(done)
    assert await redis.keys("rq:job:*") == []


async def test_a_wake_up_costs_none_of_rqs_bookkeeping(redis: AsyncRedis, redis_url: str) -> None:
    """It is popped, done and deleted; a job of a backend's is still RQ's to list."""
    await redis.config_resetstat()
    jobs = queue(redis_url)
    async with running_lanes(redis_url, count=1) as done:
        for n in range(10):
            jobs.enqueue(ROUTE, job_id=f"{WAKE_UP_ID}{n}")
        jobs.enqueue(NOTIFY_OPERATORS, "afterwards", result_ttl=0)
        assert await next_done(done) == "afterwards"
    counted = await redis.info("commandstats")
    assert counted["cmdstat_hincrbyfloat"]["calls"] == 1  # RQ's total_working_time of a worker
    assert await redis.keys("rq:job:*") == []
    assert jobs.intermediate_queue.get_job_ids() == []


async def test_an_idle_lane_ends_at_once(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its wait for a job, an hour here, is ended at the stop."""
    monkeypatch.setattr("onduty_dispatcher.wake_ups.lanes.LOOK_EVERY_S", 3600)
    monkeypatch.setattr("onduty_dispatcher.wake_ups.lanes.FINISH_WITHIN_S", 3600)
    async with AsyncRedis.from_url(redis_url) as redis:

        async def take(_: HeldJob) -> bool:
            return True

        def patient() -> Redis:
            return Redis.from_url(redis_url, socket_timeout=None)

        loop = asyncio.get_running_loop()
        lanes = Lanes(patient, ["onduty-normal"] * 2, take, loop, redis=redis)
        stopping = asyncio.Event()
        working = asyncio.create_task(lanes.run(stopping))

        async def waiting() -> int:
            return int((await redis.info("clients"))["blocked_clients"])

        await until(waiting, equals=2)
        stopping.set()
        await working
