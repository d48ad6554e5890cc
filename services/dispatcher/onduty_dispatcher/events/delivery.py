"""Delivers events to the chat backend: in order per conversation, conversations concurrently."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty_desk.events.queue import (
    DueEvent,
    EventQueue,
    NotConfirmed,
    Settlement,
    keep_no_events,
)
from onduty_desk.metrics.figures import EVENTS
from onduty_desk.process.cancellation import cancel
from onduty_desk.process.connection import connect_blocking
from onduty_desk.process.errors import place_of
from onduty_desk.process.outage import Outage
from onduty_desk.process.redis_away import CANNOT_NOW, PAUSE_S
from onduty_desk.settings import DispatcherSettings
from onduty_dispatcher.events.event_jobs import EventJobs
from onduty_dispatcher.events.webhook import LONGEST_PAUSE, EventWebhook

LOOK_EVERY = timedelta(seconds=1)
MOST_IN_FLIGHT = 50
"""Of one process. A backend that does not answer blocks each for ten seconds."""

FINISH_WITHIN_S = 8.0
"""When stopping, events in flight have this long; others are taken over when their leases end."""

REMEMBERED_S = 30.0
"""How long the outcome of a delivery is kept in memory while Redis is away."""

FIRST_PAUSE = timedelta(seconds=1)

_log = structlog.get_logger()


class Recipient(Protocol):
    """A way to the chat backend."""

    confirms: bool
    """Whether a delivered event is confirmed by that; else the backend confirms it later."""

    async def deliver(self, event: DueEvent) -> NotConfirmed | None:
        """Deliver an event; return None if it was confirmed, else why not."""


class EventDelivery:
    """One per process. Any number of processes deliver concurrently."""

    def __init__(  # noqa: PLR0913 - what it works with
        self,
        event_queue: EventQueue,
        recipient: Recipient,
        *,
        most_in_flight: int = MOST_IN_FLIGHT,
        look_every: timedelta = LOOK_EVERY,
        outage: Outage | None = None,
        something_new: asyncio.Event | None = None,
    ) -> None:
        self._outage = outage or Outage()
        self._event_queue = event_queue
        self._recipient = recipient
        self._most_in_flight = most_in_flight
        self._look_every = look_every
        self._under_way: set[asyncio.Task[None]] = set()
        self._something_new = something_new or asyncio.Event()
        self._trouble = ""  # logged as a warning once while it lasts, not for each conversation

    async def run(self, stopping: asyncio.Event) -> None:
        """Deliver until `stopping` is set, then finish what is in flight, within eight seconds.

        While Redis is away nothing is delivered.
        """
        try:
            while not stopping.is_set():
                pause = timedelta(seconds=PAUSE_S)
                with self._outage.reported():
                    pause = await self._deliver_what_is_due()
                await self._rest(pause, stopping)
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=FINISH_WITHIN_S)
        finally:
            await cancel(*self._under_way, again_after_s=0.2)

    async def _deliver_what_is_due(self) -> timedelta:
        self._something_new.clear()
        due, more_in = await self._event_queue.take(self._most_in_flight - len(self._under_way))
        for event in due:
            task = asyncio.create_task(self._deliver(event))
            self._under_way.add(task)
            task.add_done_callback(self._done)
        return self._look_every if more_in is None else min(more_in, self._look_every)

    async def _rest(self, pause: timedelta, stopping: asyncio.Event) -> None:
        """Wait until an event may be due and there is capacity for it."""
        stop_requested = asyncio.create_task(_wait(stopping))
        something_new = asyncio.create_task(_wait(self._something_new))
        try:
            is_full = len(self._under_way) >= self._most_in_flight
            await asyncio.wait(
                {stop_requested, something_new},
                timeout=None if is_full else pause.total_seconds(),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            stop_requested.cancel()
            something_new.cancel()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._something_new.set()  # the same conversation may have more events
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, (RedisError, OSError)):
            self._outage.report(error)  # another process takes it over when the lease ends
        elif error is not None:
            _log.error("event.broke", reason=place_of(error))

    async def _deliver(self, event: DueEvent) -> None:
        log = _log.bind(conversation=event.conversation_id, event_id=event.id)
        if asyncio.get_running_loop().time() > event.begin_before:
            await self._settle(event, "again")
            return
        not_confirmed = await self._deliver_or_say_why_not(event)
        if not_confirmed is None:
            self._trouble = ""
            await self._settle(event, "confirmed" if self._recipient.confirms else "queued")
            log.debug("event.delivered", attempt=event.failures + 1)
            return
        reason, pause = not_confirmed.reason, pause_after(event.failures, not_confirmed.again_in)
        if not not_confirmed.for_good:
            log_failure = log.debug if reason == self._trouble else log.warning
            self._trouble = reason
            pause_s = round(pause.total_seconds(), 1)
            log_failure("event.failed", reason=reason, attempt=event.failures + 1, pause_s=pause_s)
        settlement: Settlement = "refused" if not_confirmed.for_good else "failed"
        if await self._settle(event, settlement, reason, pause=pause) == "given_up":
            next_step = f"onduty failed show event-{event.id}"
            log.error("event.given_up", reason=reason, next_step=next_step)

    async def _deliver_or_say_why_not(self, event: DueEvent) -> NotConfirmed | None:
        try:
            return await self._recipient.deliver(event)
        except (RedisError, *CANNOT_NOW):
            raise
        except Exception as error:  # noqa: BLE001 - any error is counted, and the event given up in the end
            return NotConfirmed(place_of(error))

    async def _settle(
        self,
        event: DueEvent,
        settlement: Settlement,
        reason: str = "",
        *,
        pause: timedelta = timedelta(0),
    ) -> str:
        """Record the outcome; retry while Redis is away."""
        settle = partial(self._event_queue.settle, event, settlement, reason, pause=pause)
        settled = await self._outage.retry(settle, for_s=REMEMBERED_S)
        EVENTS.add("given_up" if settled == "given_up" else settlement)
        return settled


def pause_after(failures: int, asked: timedelta | None = None) -> timedelta:
    """Return the pause after one more failure: exponential backoff with 50 % jitter.

    The jitter spreads the retries of conversations that failed together. A pause that the backend
    asked for is kept, and up to 10 % are added.
    """
    if asked is not None:
        wanted = max(asked, FIRST_PAUSE) * random.uniform(1, 1.1)  # noqa: S311 - spreads tries
        return min(wanted, LONGEST_PAUSE)
    longest = min(FIRST_PAUSE * (1 << min(failures, 20)), LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - spreads tries, guards nothing


async def deliver_events(
    settings: DispatcherSettings,
    redis: Redis,
    stopping: asyncio.Event,
    outage: Outage,
    something_new: asyncio.Event | None = None,
) -> None:
    """Deliver events as the settings say, until `stopping` is set; if none is set, keep no events.

    If both a URL and a job are set, by HTTP. It looks each second, and when `something_new` is set.
    """
    async with recipient_of(settings) as recipient:
        if recipient is None:
            with suppress(RedisError, OSError):  # then `EVENTS_WANTED` expires by itself
                await keep_no_events(redis)
            return
        event_queue = EventQueue(redis, retention=settings.retention)
        delivery = EventDelivery(event_queue, recipient, outage=outage, something_new=something_new)
        await delivery.run(stopping)


@asynccontextmanager
async def recipient_of(settings: DispatcherSettings) -> AsyncIterator[Recipient | None]:
    """Open the recipient that the settings name; None if they name none."""
    if settings.events_url and settings.events_secret:
        secret = settings.events_secret.get_secret_value()
        async with EventWebhook(settings.events_url, secret) as webhook:
            yield webhook
    elif settings.events_job:
        with connect_blocking(settings.redis_url) as connection:
            yield EventJobs(connection, settings.events_job, retention=settings.retention)
    else:
        yield None


async def _wait(event: asyncio.Event) -> None:
    await event.wait()
