"""What takes RQ's jobs, with nobody who sends."""

import pytest
from redis import Redis as BlockingRedis
from redis.asyncio import Redis

from onduty.connection import connect
from onduty_desk.failures.failures import Failures
from onduty_dispatcher.jobs import Jobs
from onduty_dispatcher.wake_ups.abandoned import Abandoned
from onduty_dispatcher.wake_ups.routing import Router


class Sender:
    def wake(self) -> None:
        """Nobody sends here."""


@pytest.fixture
def jobs(redis: Redis, router: Router) -> Jobs:
    return Jobs(redis, router, Sender(), Failures(redis))  # type: ignore[arg-type]


@pytest.fixture
def abandoned(redis_url: str, jobs: Jobs) -> Abandoned:
    return Abandoned(connect(redis_url, timeout_s=10), jobs)


@pytest.fixture
def rq(redis_url: str) -> BlockingRedis:
    return BlockingRedis.from_url(redis_url)
