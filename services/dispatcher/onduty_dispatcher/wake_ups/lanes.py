"""Lanes: stock RQ workers in threads, one queue each, that submit their jobs to the event loop.

A SimpleWorker expects a process of its own; its signals, remote commands and time-outs are disabled
here, because it is one thread of several. Jobs are restricted too: they are read by our code, from
JSON, and only the function and its argument count; everything else (retries, repeats, dependencies,
callbacks, webhooks) is ignored.
"""

import asyncio
import logging
import math
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from time import monotonic

import structlog
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.exceptions import DequeueTimeout
from rq.suspension import WORKERS_SUSPENDED
from rq.timeouts import BaseDeathPenalty
from rq.utils import now
from rq.worker import WorkerStatus
from rq.worker_registration import clean_worker_registry

from onduty_desk.metrics.figures import JOBS, LANES, LANES_BUSY
from onduty_desk.process.outage import Outage
from onduty_desk.process.readiness import Loops
from onduty_desk.process.redis_away import CANNOT_NOW, PAUSE_S
from onduty_dispatcher.wake_ups.held_jobs import HeldJob
from onduty_dispatcher.wake_ups.lane_jobs import JOB_TIMEOUT_S, lane_queue

MAINTENANCE_EVERY_S = 30
"""How often lanes remove dead workers from RQ's registry; RQ's default is 600 s."""

LOOK_EVERY_S = 1
"""How often a lane checks whether to stop, and whether RQ is suspended."""

IDLE_AFTER_S = 10.0
IDLE_LOOK_EVERY_S = 4
"""The same, when no job has come for a while: so an idle desk asks Redis little."""

HEARTBEAT_EVERY_S = 30.0
"""RQ takes a worker for dead after seven minutes without one."""

FINISH_WITHIN_S = 8.0
"""When stopping, running jobs have this long; another dispatcher does what is not done by then."""

UNBLOCK_WITHIN_S = 1.0
"""Of those eight seconds; a Redis that takes longer is away."""

_log = structlog.get_logger()


class NoDeathPenalty(BaseDeathPenalty):
    """Disables RQ's time-outs, which need signals; the event loop has a time-out instead."""

    def setup_death_penalty(self) -> None:
        """Do nothing."""

    def cancel_death_penalty(self) -> None:
        """Do nothing."""


class LaneWorker(SimpleWorker):
    """A SimpleWorker for one thread of several, with a loop of its own.

    RQ's loop is stopped by signals, does not notice a stop while it is suspended, and logs each
    second while Redis is away; this one raises Redis's errors to its caller.
    """

    death_penalty_class = NoDeathPenalty

    stopping: threading.Event
    turned: Callable[[], None]
    _worked_at: float

    def run_maintenance_tasks(self) -> None:
        """Remove dead workers from the registry. The sweeper takes over their jobs."""
        for queue in self.queues:
            clean_worker_registry(queue)
        self.last_cleaned_at = now()  # type: ignore[assignment]  # RQ's type for it is None

    def _install_signal_handlers(self) -> None:
        """Install none: signal handlers cannot be set from a thread."""

    def subscribe(self) -> None:
        """Accept no remote commands: they would stop a thread by a signal."""

    def unsubscribe(self) -> None:
        """Do nothing: there is no subscription."""

    def work_on(self) -> None:
        """Run jobs until `stopping` is set, which is checked between jobs, and each second.

        RQ's own signal handler can stop a worker between popping a job and recording it, which
        loses the job; stopping only between jobs does not. Raises Redis's and connection errors.
        """
        self.bootstrap(logging.getLevelName(logging.getLogger("rq").level or logging.WARNING))
        looked_at = -math.inf
        heartbeat_at = self._worked_at = monotonic()
        try:
            while not self.stopping.is_set():
                self.turned()
                if (at := monotonic()) >= heartbeat_at + HEARTBEAT_EVERY_S:
                    heartbeat_at = at
                    self.heartbeat()
                if at >= looked_at + LOOK_EVERY_S:
                    if self.connection.exists(WORKERS_SUSPENDED):
                        self._wait_while_suspended()
                        continue
                    looked_at = at
                self._run_next()
        finally:
            with suppress(RedisError, OSError):  # its registration expires by itself
                self.teardown()  # type: ignore[no-untyped-call]  # RQ gives it no types

    def _wait_while_suspended(self) -> None:
        """Wait after `rq suspend`, until `rq resume`."""
        self._set_state_once(WorkerStatus.SUSPENDED)
        self.stopping.wait(LOOK_EVERY_S)

    def _set_state_once(self, state: WorkerStatus) -> None:
        if self.get_state() != state:
            self.set_state(state)

    def _run_next(self) -> None:
        self._set_state_once(WorkerStatus.IDLE)
        if self.should_run_maintenance_tasks:
            self.run_maintenance_tasks()
        is_idle = monotonic() >= self._worked_at + IDLE_AFTER_S
        try:
            found = self.queue_class.dequeue_any(
                self.queues,
                IDLE_LOOK_EVERY_S if is_idle else LOOK_EVERY_S,
                connection=self.connection,
                job_class=self.job_class,
                serializer=self.serializer,
                death_penalty_class=self.death_penalty_class,
            )
        except DequeueTimeout:
            return
        self._worked_at = monotonic()
        if found is not None:
            job, queue = found
            version = self.get_redis_server_version()  # type: ignore[no-untyped-call]
            job.redis_server_version = version
            self.execute_job(job, queue)


class Lanes:
    """All the lanes of a process.

    Args:
        connect: makes a blocking Redis client; every lane has its own.
        queues: the queue of each lane; a queue named twice has two lanes.
        take: does what a job asks for, or sets it aside and returns False.
        loop: the event loop in which `take` runs.
        outage: gets reports when Redis is away.
        redis: ends a lane's wait for a job when the process is to stop. Without it, or without the
            right to `CLIENT UNBLOCK`, an idle lane ends up to four seconds later.
    """

    def __init__(  # noqa: PLR0913 - built in one place
        self,
        connect: Callable[[], Redis],
        queues: Sequence[str],
        take: Callable[[HeldJob], Awaitable[bool]],
        loop: asyncio.AbstractEventLoop,
        outage: Outage | None = None,
        *,
        redis: AsyncRedis | None = None,
        loops: Loops | None = None,
    ) -> None:
        self._loops = loops or Loops()
        self._connect = connect
        self._redis = redis
        self._waiting: set[int] = set()
        self._loop = loop
        self._outage = outage or Outage()
        self._stopping = threading.Event()
        self._take = take
        self._queues = tuple(queues)
        self._queue_class = lane_queue(self._submit_to_loop)
        self._threads = [
            threading.Thread(target=self._run, args=(queue,), name=f"lane {queue} {n}", daemon=True)
            for n, queue in enumerate(queues)
        ]

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set; then take no more jobs and finish those begun.

        While Redis is away each lane retries. A lane that still waits for Redis eight seconds after
        the stop is abandoned.
        """
        for thread in self._threads:
            thread.start()
        for queue in self._queues:
            LANES.add(queue)
        await stopping.wait()
        self._stopping.set()
        for queue in self._queues:
            LANES.add(queue, by=-1)
        give_up_at = monotonic() + FINISH_WITHIN_S
        ends_waits = self._redis
        while monotonic() < give_up_at and any(lane.is_alive() for lane in self._threads):
            if ends_waits and not await self._end_waits(ends_waits):
                ends_waits = None
            await asyncio.sleep(0.05)

    async def _end_waits(self, redis: AsyncRedis) -> bool:
        """Let the lanes that wait for a job find none; return whether to ask again.

        Again, because a lane may be about to wait. One that holds a job is not blocked, so it loses
        nothing.
        """
        try:
            async with asyncio.timeout(UNBLOCK_WITHIN_S):
                for client in tuple(self._waiting):
                    await redis.client_unblock(client)
        except (RedisError, OSError):  # a right that is missing, or Redis is away
            return False
        return True

    def _submit_to_loop(self, job: HeldJob) -> bool:
        return asyncio.run_coroutine_threadsafe(self._counted(job), self._loop).result()

    async def _counted(self, job: HeldJob) -> bool:
        LANES_BUSY.add(job.queue)
        result = "failed"
        try:
            is_done = await self._within_time(job)
            result = "done" if is_done else "set_aside"
        finally:
            LANES_BUSY.add(job.queue, by=-1)
            JOBS.add(result)
        return is_done

    async def _within_time(self, job: HeldJob) -> bool:
        async with asyncio.timeout(JOB_TIMEOUT_S):
            while True:
                try:
                    return await self._take(job)
                except CANNOT_NOW as error:
                    if self._stopping.is_set():
                        raise
                    self._outage.report(error)
                await asyncio.sleep(PAUSE_S)

    def _run(self, queue: str) -> None:
        while not self._stopping.is_set():
            self._loops.turned(threading.current_thread().name)
            try:
                with self._connect() as connection:
                    self._work(queue, connection)
            except (RedisError, OSError) as error:
                self._report_outage(error)
            except Exception as error:  # noqa: BLE001 - RQ's error about one job or worker
                _log.warning("lane.interrupted", queue=queue, reason=repr(error))
            self._stopping.wait(PAUSE_S)

    def _work(self, queue: str, connection: Redis) -> None:
        worker = LaneWorker(
            [queue],
            connection=connection,
            queue_class=self._queue_class,
            serializer="json",
            maintenance_interval=MAINTENANCE_EVERY_S,
            log_job_description=False,
        )
        worker.stopping = self._stopping
        worker.turned = partial(self._loops.turned, threading.current_thread().name)
        worker.log_result_lifespan = False
        client = connection.client_id()
        self._waiting.add(client)
        try:
            worker.work_on()
        finally:
            self._waiting.discard(client)

    def _report_outage(self, error: RedisError | OSError) -> None:
        with suppress(RuntimeError):  # the loop has ended, and this lane was abandoned
            self._loop.call_soon_threadsafe(self._outage.report, error)
