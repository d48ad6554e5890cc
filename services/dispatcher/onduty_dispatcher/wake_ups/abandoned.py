"""Takes over jobs that RQ holds and no lane runs: a plain job may hold a customer's message.

RQ only lists a job whose lane died as failed, runs a scheduled job only with a scheduler, and keeps
a job that depends on another. Messages in such jobs are accepted here, which changes nothing if a
lane does it too; a job that cannot be read goes to the failed list. Each job is read separately, so
that an invalid one does not affect others.
"""

import asyncio

import structlog
from redis import Redis

from onduty_dispatcher.jobs import Jobs
from onduty_dispatcher.wake_ups.held_jobs import forget
from onduty_dispatcher.wake_ups.registries import Found, Registries
from onduty_dispatcher.wake_ups.rq_data import Asks, Missing, Pushed, Unusable

_CANCELED = "it was canceled in RQ before a dispatcher took it; retry to send it all the same"
_GONE = "its hash was gone when it was taken: it had expired, or was not written before the id"

_log = structlog.get_logger()


class Abandoned:
    """The jobs that RQ holds: popped, started, or in one of its registries."""

    def __init__(self, connection: Redis, jobs: Jobs) -> None:
        self._connection = connection
        self._jobs = jobs
        self._registries = Registries(connection)

    async def take_over(self) -> None:
        """Accept the messages of such jobs or set them aside, and remove what no lane works on.

        Running it twice, or in two dispatchers at once, changes nothing more.
        """
        has_accepted = False
        for found in await asyncio.to_thread(list, self._registries.look()):
            has_accepted |= await self._take(found)
        if has_accepted:
            await self._jobs.route()
        await self._jobs.drop_expired_failures()

    async def _take(self, found: Found) -> bool:
        job, is_over, has_accepted = found.job, found.is_over, False
        match _asks(found):
            case Pushed(message):
                has_accepted = await self._jobs.accept(job.id, message)
            case Unusable() as unusable:
                await self._jobs.set_aside(job, unusable)
                is_over = True
        if is_over and not isinstance(job.asks, Missing):
            _log.warning(
                "job.taken_over", job=job.shown_id, queue=job.queue, registry=found.registry
            )
        if is_over:
            await asyncio.to_thread(self._forget, found)
        return has_accepted

    def _forget(self, found: Found) -> None:
        forget(self._connection, found.job)
        if found.registry == "wip":
            self._connection.zrem(f"rq:wip:{found.job.queue}", found.entry)


def _asks(found: Found) -> Asks:
    """Return what a job asks for, taking into account in which registry it was found."""
    asks = found.job.asks
    if found.registry == "canceled" and isinstance(asks, Pushed):
        return Unusable(_CANCELED, asks.message)
    is_lost = found.registry in {"intermediate", "scheduled", "deferred"} and found.is_over
    if isinstance(asks, Missing) and is_lost and not found.job.is_wake_up:
        return Unusable(_GONE)
    return asks
