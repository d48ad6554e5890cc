"""Runs a dispatcher, and ends it at SIGTERM after what is in flight, with exit code 0."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from functools import partial

import structlog
import uvloop
from redis.asyncio import Redis

from onduty import Priority
from onduty.wire import QUEUES
from onduty_desk.availability.groups import Groups
from onduty_desk.boards.boards import Boards
from onduty_desk.failures.failures import Failures
from onduty_desk.metrics.serving import observable
from onduty_desk.phones.outbox import Outbox
from onduty_desk.process.background import keep_going
from onduty_desk.process.cancellation import cancel, exit_within_grace
from onduty_desk.process.connection import connect, connect_blocking
from onduty_desk.process.health import show_signs_of_life
from onduty_desk.process.listening import PortTaken
from onduty_desk.process.logs import start_logging
from onduty_desk.process.outage import Outage
from onduty_desk.process.readiness import Loops, Readiness
from onduty_desk.process.starting import StartRefused, ready
from onduty_desk.process.status_line import log_each_minute, log_start
from onduty_desk.replies.delaying import DelayedReplies
from onduty_desk.replies.reacting import Reactions
from onduty_desk.replies.typing import Typing
from onduty_desk.roster.group_rules import write_group_rules
from onduty_desk.roster.operators import Roster
from onduty_desk.settings import DispatcherSettings, SettingsRefused, load
from onduty_desk.telegram.bot import Bot, build_bot
from onduty_desk.telegram.outcomes import TokenRefused
from onduty_desk.telegram.reachability import Reachability
from onduty_desk.telegram.token import TokenWatch
from onduty_desk.topics.asking import ask_for_topics
from onduty_desk.topics.topics import Topics
from onduty_dispatcher.events.delivery import deliver_events
from onduty_dispatcher.events.failed_events import FailedEvents
from onduty_dispatcher.events.webhook import shown
from onduty_dispatcher.jobs import Jobs
from onduty_dispatcher.opening import Opening
from onduty_dispatcher.replies.delayed import SendingDelayed
from onduty_dispatcher.replies.finished_jobs import FinishedJobs
from onduty_dispatcher.replies.showing import Showing
from onduty_dispatcher.replies.typing import ShowingTyping
from onduty_dispatcher.sending.sender import Sender
from onduty_dispatcher.wake_ups.abandoned import Abandoned
from onduty_dispatcher.wake_ups.clock import Clock
from onduty_dispatcher.wake_ups.lanes import Lanes
from onduty_dispatcher.wake_ups.routing import Router
from onduty_dispatcher.wake_ups.sweeper import sweep
from onduty_dispatcher.wake_ups.timers import Timers
from onduty_dispatcher.wake_ups.waking import listen

_log = structlog.get_logger()


def run() -> int:
    """Run a dispatcher until SIGTERM or SIGINT; return the exit code."""
    try:
        settings = load(DispatcherSettings)
        start_logging(settings.log_format, settings.log_level)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(settings))
    except (SettingsRefused, StartRefused, TokenRefused, PortTaken) as refused:
        print(refused, file=sys.stderr)  # noqa: T201 - why it cannot start, for a person
        return 1
    return 0


async def _run(settings: DispatcherSettings) -> None:
    stopping = asyncio.Event()

    def stop() -> None:
        stopping.set()
        exit_within_grace()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    readiness = Readiness(Loops(), Outage())
    async with (
        connect(settings.redis_url) as redis,
        observable(settings, "dispatcher", redis, readiness),
    ):
        rules = partial(write_group_rules, redis, settings.phrases, settings.group_rules)
        starting = ready(redis, settings.bot_id, "onduty_dispatcher", and_then=rules)
        if not await _done(starting, stopping):
            return
        token = TokenWatch()
        bot = build_bot(settings, token=token)
        opening = Opening(bot)
        try:
            if await _done(opening.tried(), stopping):
                readiness.begin(lambda: token.trouble, lambda: opening.trouble)
                await _dispatch(settings, redis, bot, opening, token, stopping, readiness)
        finally:
            await opening.end()
            await bot.shutdown()


async def _done(work: Coroutine[None, None, None], stopping: asyncio.Event) -> bool:
    """Await work that waits while Redis or Telegram is away; False if it was stopped meanwhile."""
    opening = asyncio.create_task(work)
    stop_requested = asyncio.create_task(stopping.wait())
    await asyncio.wait({opening, stop_requested}, return_when=asyncio.FIRST_COMPLETED)
    stop_requested.cancel()
    if opening.done():
        opening.result()
        return True
    await cancel(opening, again_after_s=0.2)
    return False


async def _dispatch(  # noqa: PLR0913, PLR0917 - what it works with
    settings: DispatcherSettings,
    redis: Redis,
    bot: Bot,
    opening: Opening,
    token: TokenWatch,
    stopping: asyncio.Event,
    readiness: Readiness,
) -> None:
    retention, failures = settings.retention, Failures(redis)
    outage, loops = readiness.outage, readiness.loops
    router = Router(redis, failures, settings.rules, groups=settings.phrases, retention=retention)
    sender = Sender(
        Outbox(
            redis, settings.pace, settings.rules, retention=retention, language=settings.language
        ),
        Roster(redis),
        bot,
        Reachability(redis, bot),
        token,
        most_in_flight=settings.most_in_flight,
        is_paid=settings.pace.is_paid,
        topics=Topics(redis),
        keeps_slots=settings.pace.is_reachable,
        outage=outage,
        zone=settings.zone,
        loops=loops,
    )
    jobs = Jobs(redis, router, sender, failures)
    lanes = Lanes(
        partial(connect_blocking, settings.redis_url),
        [
            *[QUEUES[Priority.URGENT]] * settings.urgent_lanes,
            *[QUEUES[Priority.NORMAL]] * settings.normal_lanes,
            *[QUEUES[Priority.LOW]] * settings.low_lanes,
        ],
        jobs.take,
        asyncio.get_running_loop(),
        outage,
        redis=redis,
        loops=loops,
    )

    def done() -> dict[str, int]:
        return {"accepted": router.routed, "sent": sender.sent}

    async def look_at_all() -> None:
        news.set()
        showing.wake()
        sending_delayed.wake()
        await jobs.look()

    background = [
        asyncio.create_task(keep_going(work))
        for work in (
            partial(outage.watch, redis),
            partial(show_signs_of_life, redis, "dispatcher", readiness),
            partial(_log_glances, settings, redis, done, outage),
            partial(token.run, bot),
            partial(ask_for_topics, settings, redis, bot, outage),
        )
    ]
    blocking = connect_blocking(settings.redis_url)
    abandoned, failed_events = Abandoned(blocking, jobs), FailedEvents(blocking)
    reactions = Reactions(redis, per_second=settings.reactions_per_second)
    showing, news = Showing(reactions, bot, token, outage=outage), asyncio.Event()
    sending_delayed = SendingDelayed(DelayedReplies(redis), outage)
    typing = Typing(redis, per_second=settings.typing_per_second)
    showing_typing = ShowingTyping(redis, typing, bot, token, outage)
    timers, boards = Timers(redis, settings.rules), Boards(redis, settings.phrases)
    groups = Groups(redis, settings.phrases)
    work = [
        asyncio.create_task(lanes.run(stopping)),
        asyncio.create_task(opening.then(sender.run, stopping)),
        asyncio.create_task(
            sweep(
                *(Clock(redis), jobs, abandoned, failed_events),
                *(FinishedJobs(redis, reactions), timers, boards, groups),
                stopping,
                outage,
                loops,
            )
        ),
        asyncio.create_task(listen(redis, look_at_all, stopping, outage)),
        asyncio.create_task(deliver_events(settings, redis, stopping, outage, news)),
        asyncio.create_task(opening.then(showing.run, stopping)),
        asyncio.create_task(sending_delayed.run(stopping)),
        asyncio.create_task(opening.then(showing_typing.run, stopping)),
    ]
    try:
        await asyncio.wait(work, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        stopping.set()
        await asyncio.wait(work)
        await cancel(*background, again_after_s=0.2)
    for task in work:
        task.result()
    _log.info("dispatcher.stopped")


async def _log_glances(
    settings: DispatcherSettings, redis: Redis, done: Callable[[], dict[str, int]], outage: Outage
) -> None:
    does = {
        "lanes": settings.urgent_lanes + settings.normal_lanes + settings.low_lanes,
        "sends_per_second": settings.sends_per_second,
        "events": (settings.events_url and shown(settings.events_url))
        or settings.events_job
        or "none",
    }
    await log_start(redis, "dispatcher", settings.phrases, does, outage)
    await log_each_minute(redis, "dispatcher", settings.phrases, done, outage)
