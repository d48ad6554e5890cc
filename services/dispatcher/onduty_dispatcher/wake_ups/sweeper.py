"""The sweeper: each second does what no job asks for, like lost wake-ups, timers, ended leases.

One dispatcher does it for all; the others ask each two seconds whether it is their turn.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from onduty_desk.availability.groups import Groups
from onduty_desk.boards.boards import Boards
from onduty_desk.process.errors import place_of
from onduty_desk.process.outage import Outage
from onduty_desk.process.readiness import Loops
from onduty_dispatcher.events.failed_events import FailedEvents
from onduty_dispatcher.jobs import Jobs
from onduty_dispatcher.replies.finished_jobs import FinishedJobs
from onduty_dispatcher.wake_ups.abandoned import Abandoned
from onduty_dispatcher.wake_ups.clock import Clock
from onduty_dispatcher.wake_ups.timers import Timers

EVERY_S = 1.0
AGAIN_AFTER_S = 2.0
"""If another dispatcher looks: should it end, the others take its place within two seconds."""

_log = structlog.get_logger()


async def sweep(  # noqa: PLR0913, PLR0917 - what is looked at
    clock: Clock,
    jobs: Jobs,
    abandoned: Abandoned,
    failed_events: FailedEvents,
    finished_jobs: FinishedJobs,
    timers: Timers,
    boards: Boards,
    groups: Groups,
    stopping: asyncio.Event,
    outage: Outage,
    loops: Loops,
) -> None:
    """Look each second until `stopping` is set, if it is our turn; not while Redis is away.

    An error of one look does not prevent the others; the same error is logged once.
    """

    async def do(step: Callable[[], Awaitable[object]]) -> object:
        try:
            with outage.reported():
                return await step()
        except Exception as error:  # noqa: BLE001 - after any error the other looks go on
            if (reason := place_of(error)) not in logged:
                logged.add(reason)
                _log.error("sweep.broke", reason=reason)
        return None

    logged: set[str] = set()
    while not stopping.is_set():
        loops.turned("sweeper")
        turn = await do(clock.look)
        if turn != "":
            await do(timers.look)
            await do(jobs.look)
            await do(finished_jobs.look)
            await do(partial(groups.look, str(turn)))
        if turn == "five":
            await do(boards.compare)
        if turn in {"five", None}:  # a job of a killed lane waits for so long; None: nobody can say
            await do(abandoned.take_over)
            await do(failed_events.list_them)
        try:
            async with asyncio.timeout(AGAIN_AFTER_S if turn == "" else EVERY_S):
                await stopping.wait()
        except TimeoutError:
            continue
