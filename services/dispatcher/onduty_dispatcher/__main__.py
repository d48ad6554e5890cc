"""Starts a dispatcher and ends it: SIGTERM finishes what is in flight and exits 0."""

import asyncio
import signal
import sys
from functools import partial

import uvloop
from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty import Priority
from onduty.connection import connect as connect_blocking
from onduty.wire import QUEUES
from onduty_desk.connection import TIMEOUT_S, connect
from onduty_desk.ending import end
from onduty_desk.failures import Failures
from onduty_desk.health import show_signs_of_life
from onduty_desk.logs import start_logging
from onduty_desk.roster import Roster
from onduty_desk.settings import DispatcherSettings, SettingsRefused, load
from onduty_desk.telegram.bot import Bot, build_bot, open_bot
from onduty_desk.telegram.outcomes import TokenRefused
from onduty_desk.telegram.reachability import Reachability
from onduty_desk.telegram.token import TokenWatch
from onduty_dispatcher.abandoned import Abandoned
from onduty_dispatcher.backend import tell_backend
from onduty_dispatcher.jobs import Jobs
from onduty_dispatcher.lanes import Lanes
from onduty_dispatcher.moments import Moments
from onduty_dispatcher.outbox import Outbox
from onduty_dispatcher.routing import Router
from onduty_dispatcher.sender import Sender
from onduty_dispatcher.sweeper import sweep
from onduty_dispatcher.waking import listen


def main() -> int:
    """Run a dispatcher until SIGTERM or SIGINT; return the exit code."""
    try:
        settings = load(DispatcherSettings)
        start_logging(settings.log_format)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(settings))
    except (SettingsRefused, TokenRefused) as refused:
        print(refused, file=sys.stderr)  # noqa: T201 - told to a person
        return 1
    except (RedisError, OSError) as error:
        print(  # noqa: T201 - told to a person
            f"Redis does not answer ({error}); check ONDUTY_REDIS_URL and that Redis runs",
            file=sys.stderr,
        )
        return 1
    return 0


async def _run(settings: DispatcherSettings) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with connect(settings.redis_url) as redis:
        await redis.ping()
        token = TokenWatch()
        bot = build_bot(settings, token=token)
        try:
            if await _opened(bot, stopping):
                await _dispatch(settings, redis, bot, token, stopping)
        finally:
            await bot.shutdown()


async def _opened(bot: Bot, stopping: asyncio.Event) -> bool:
    """Open the Bot, which lasts while Telegram is away; False if told to stop meanwhile."""
    opening = asyncio.create_task(open_bot(bot))
    told_to_stop = asyncio.create_task(stopping.wait())
    await asyncio.wait({opening, told_to_stop}, return_when=asyncio.FIRST_COMPLETED)
    told_to_stop.cancel()
    if opening.done():
        opening.result()
        return True
    await end(opening, again_after_s=0.2)
    return False


async def _dispatch(
    settings: DispatcherSettings,
    redis: Redis,
    bot: Bot,
    token: TokenWatch,
    stopping: asyncio.Event,
) -> None:
    retention, failures = settings.retention, Failures(redis)
    router = Router(redis, failures, settings.rules, groups=settings.phrases, retention=retention)
    sender = Sender(
        Outbox(redis, settings.pace, settings.rules, retention=retention),
        Roster(redis),
        bot,
        Reachability(redis, bot),
        token,
        most_in_flight=settings.most_in_flight,
        is_paid=settings.pace.is_paid,
        keeps_slots=settings.pace.is_reachable,
    )
    jobs = Jobs(redis, router, sender, failures)
    lanes = Lanes(
        partial(connect_blocking, settings.redis_url, timeout_s=2 * TIMEOUT_S),
        [
            *[QUEUES[Priority.URGENT]] * settings.urgent_lanes,
            *[QUEUES[Priority.NORMAL]] * settings.normal_lanes,
            *[QUEUES[Priority.LOW]] * settings.low_lanes,
        ],
        jobs.take,
        asyncio.get_running_loop(),
    )
    others = [
        asyncio.create_task(show_signs_of_life(redis, "dispatcher", lambda: token.trouble)),
        asyncio.create_task(token.run(bot)),
    ]
    abandoned = Abandoned(connect_blocking(settings.redis_url, timeout_s=2 * TIMEOUT_S), jobs)
    work = [
        asyncio.create_task(lanes.run(stopping)),
        asyncio.create_task(sender.run(stopping)),
        asyncio.create_task(sweep(jobs, abandoned, Moments(redis, settings.rules), stopping)),
        asyncio.create_task(listen(redis, jobs.look, stopping)),
        asyncio.create_task(tell_backend(settings, redis, stopping)),
    ]
    try:
        await asyncio.wait(work, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        stopping.set()
        await asyncio.wait(work)
        await end(*others, again_after_s=0.2)
    for task in work:
        task.result()


if __name__ == "__main__":
    sys.exit(main())
