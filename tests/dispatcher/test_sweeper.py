"""What is looked at each second: one look that breaks keeps none of the others."""

import asyncio

from redis.asyncio import Redis
from structlog.testing import capture_logs

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import ComeOn, Push
from onduty.connection import connect
from onduty_desk.availability.groups import Groups
from onduty_desk.boards.boards import Boards
from onduty_desk.process.outage import Outage
from onduty_desk.process.readiness import Loops
from onduty_desk.replies.reacting import Reactions
from onduty_dispatcher.events.failed_events import FailedEvents
from onduty_dispatcher.replies.finished_jobs import FinishedJobs
from onduty_dispatcher.wake_ups.abandoned import Abandoned
from onduty_dispatcher.wake_ups.clock import Clock, Turn
from onduty_dispatcher.wake_ups.sweeper import sweep
from waiting import until


class Broken(Clock):
    """A look that meets what nobody has thought of."""

    async def look(self) -> Turn:
        """Break each time."""
        raise ValueError("a customer's words")


class Counted(Abandoned):
    """Counts the looks for jobs that a killed lane left."""

    looks = 0

    async def take_over(self) -> None:
        """Look, and count it."""
        await super().take_over()
        self.looks += 1


async def test_a_look_that_breaks_is_told_once_and_the_others_go_on(
    redis: Redis, redis_url: str, at_work: Desk, come_on: ComeOn, push: Push
) -> None:
    """What was accepted is routed, look after look, and the dispatcher lives."""
    stopping, blocking = asyncio.Event(), connect(redis_url, timeout_s=10)
    abandoned, failed = Counted(blocking, at_work.jobs), FailedEvents(blocking)
    await come_on(1)
    with capture_logs() as logs:
        sweeping = asyncio.create_task(
            sweep(
                Broken(redis),
                at_work.jobs,
                abandoned,
                failed,
                FinishedJobs(redis, Reactions(redis, per_second=10)),
                at_work.timers,
                Boards(redis),
                Groups(redis, ["support"]),
                stopping,
                Outage(),
                Loops(),
            )
        )
        for text in ("Hello", "Anybody?"):
            push(text)
            await until(lambda: redis.exists("onduty:accepted"), equals=0)
        await until(lambda: abandoned.looks > 0)
        stopping.set()
        await sweeping
    told = [log for log in logs if log["event"] == "sweep.broke"]
    assert len(told) == 1
    assert "words" not in str(told)
