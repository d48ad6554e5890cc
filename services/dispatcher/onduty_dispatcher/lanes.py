"""Lanes: stock RQ workers in threads, one queue each, that hand their jobs to the event loop.

A SimpleWorker is made for a process of its own; what it does with signals, remote commands and
time-outs is left out here, because it is one thread of many. What a job may do is narrowed too:
only our two functions run, from JSON, and no callback or webhook that stands in a job.
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.queue import Queue
from rq.timeouts import BaseDeathPenalty

MAINTENANCE_EVERY_S = 30
"""A job that a killed worker held is found by RQ's maintenance; by default only each 600 s."""

JOB_TIMEOUT_S = 60
PAUSE_S = 1.0

_log = structlog.get_logger()


class FunctionRefused(Exception):  # noqa: N818 - it stands as the reason in RQ's failed registry
    """A job named a function that is not one of ours."""


class NoDeathPenalty(BaseDeathPenalty):
    """RQ's time-outs are signals, which threads do not get; the loop has a time-out instead."""

    def setup_death_penalty(self) -> None:
        """Do nothing."""

    def cancel_death_penalty(self) -> None:
        """Do nothing."""


def narrow_job(functions: Mapping[str, Callable[[Job], None]]) -> type[Job]:
    """Return a Job that runs these functions by name and nothing else.

    RQ would import whatever function or callback a job names, and call any webhook: whoever can
    write to Redis could run code here.
    """

    class NarrowJob(Job):
        success_callback = failure_callback = stopped_callback = None

        def perform(self) -> None:
            function = functions.get(self.func_name or "")
            if function is None:
                raise FunctionRefused(
                    f"{self.func_name} does not run here; push one of {', '.join(functions)}"
                )
            function(self)

        def send_webhooks(self, *_args: object, **_kwargs: object) -> None:
            """Call nobody."""

    return NarrowJob


class LaneWorker(SimpleWorker):
    """A SimpleWorker that is one thread of several and stops when an event is set."""

    death_penalty_class = NoDeathPenalty
    max_connection_wait_time = PAUSE_S
    """RQ would wait up to a minute for a Redis that is away, and not stop meanwhile."""

    stopping: threading.Event

    def _install_signal_handlers(self) -> None:
        """Leave signals to the process: they cannot be set from a thread."""

    def subscribe(self) -> None:
        """Take no remote commands: they would end a thread by a signal."""

    def unsubscribe(self) -> None:
        """Nothing to undo."""

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Say that this lane lives; end a lane that is told to stop while Redis is away.

        RQ would go on asking for Redis until it is back.
        """
        try:
            super().heartbeat(timeout, pipeline)
        except (RedisConnectionError, RedisTimeoutError):
            if self.stopping.is_set():
                raise StopRequested from None
            raise

    def dequeue_job_and_maintain_ttl(
        self,
        timeout: int | None,  # noqa: ARG002 - RQ's signature, with a wait of our own
        max_idle_time: int | None = None,  # noqa: ARG002 - the same
    ) -> tuple[Job, Queue] | None:
        """Wait for a job, looking each second whether to stop.

        Stopping only between jobs leaves none stranded between the pop and its bookkeeping, as
        RQ's own signal handler does.
        """
        while not self.stopping.is_set():
            if (found := super().dequeue_job_and_maintain_ttl(1, max_idle_time=1)) is not None:
                return found
        raise StopRequested


class Lanes:
    """All the lanes of a process.

    Args:
        connect: makes a blocking Redis client; every lane has its own.
        queues: the queue of each lane; a queue named twice has two lanes.
        functions: what jobs may name → the coroutine function that does it.
        loop: where those run.
    """

    def __init__(
        self,
        connect: Callable[[], Redis],
        queues: Sequence[str],
        functions: Mapping[str, Callable[[Job], Awaitable[None]]],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._connect = connect
        self._loop = loop
        self._stopping = threading.Event()
        self._job_class = narrow_job(
            {name: self._handing_over(function) for name, function in functions.items()}
        )
        self._threads = [
            threading.Thread(target=self._run, args=(queue,), name=f"lane {queue} {n}", daemon=True)
            for n, queue in enumerate(queues)
        ]

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop; then take no more jobs and finish those begun.

        Each lane goes on through a Redis that is away.
        """
        for thread in self._threads:
            thread.start()
        await stopping.wait()
        self._stopping.set()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    def _handing_over(self, function: Callable[[Job], Awaitable[None]]) -> Callable[[Job], None]:
        async def within_time(job: Job) -> None:
            async with asyncio.timeout(JOB_TIMEOUT_S):
                await function(job)

        def hand_over(job: Job) -> None:
            asyncio.run_coroutine_threadsafe(within_time(job), self._loop).result()

        return hand_over

    def _run(self, queue: str) -> None:
        while not self._stopping.is_set():
            try:
                worker = LaneWorker(
                    [queue],
                    connection=self._connect(),
                    job_class=self._job_class,
                    serializer="json",
                    maintenance_interval=MAINTENANCE_EVERY_S,
                    log_job_description=False,
                )
                worker.stopping = self._stopping
                worker.log_result_lifespan = False
                worker.work(logging_level="WARNING")
            except (RedisError, OSError, ValueError) as error:
                _log.warning("lane.interrupted", queue=queue, reason=str(error))
            if not self._stopping.is_set():
                time.sleep(PAUSE_S)
