"""Whether a process can work, and whether a restart would help it."""

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from onduty_desk.process import readiness as readiness_module
from onduty_desk.process.outage import Outage
from onduty_desk.process.readiness import Loops, Readiness


@pytest.fixture
def loops() -> Loops:
    return Loops()


@pytest.fixture
def readiness(loops: Loops) -> Readiness:
    """A process at work."""
    working = Readiness(loops, Outage())
    working.begin()
    working.wrote()
    return working


def test_a_process_at_work_is_ready(readiness: Readiness, loops: Loops) -> None:
    """Its loops turn, and Redis takes writes."""
    loops.turned("sender")
    assert readiness.why_not_ready is None
    assert readiness.why_not_live is None


def test_it_is_not_ready_before_it_works(loops: Loops) -> None:
    """Nor before Redis has taken something."""
    starting = Readiness(loops, Outage())
    assert "starting" in str(starting.why_not_ready)
    starting.begin()
    assert starting.why_not_ready == "nothing was written to Redis yet"


def test_redis_away_is_said_and_is_no_reason_to_restart(readiness: Readiness) -> None:
    """A restart would not bring it back."""
    readiness.outage.report(RedisConnectionError("gone"))
    assert readiness.why_not_ready == "Redis is away, or takes no writes"
    assert readiness.why_not_live is None


def test_writes_that_stop_are_noticed(
    readiness: Readiness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although no loop has met an error yet: Redis is frozen."""
    monkeypatch.setattr(readiness_module, "REDIS_WITHIN_S", -1.0)
    assert "taken no write" in str(readiness.why_not_ready)


def test_all_that_is_wrong_is_said(loops: Loops) -> None:
    """The first thing mended, the second would come to light otherwise."""
    readiness = Readiness(loops, Outage())
    readiness.begin(lambda: "the token is refused", lambda: None, lambda: "a 409")
    loops.turned("lane onduty-low 3", rests_s=-31)
    told = "the token is refused; a 409; stuck for more than 30 s: lane onduty-low 3"
    assert readiness.trouble == told


def test_a_loop_that_rests_or_has_ended_is_not_stuck(readiness: Readiness, loops: Loops) -> None:
    """A long pause is known beforehand, and what has ended is not expected."""
    loops.turned("reading", rests_s=3600)
    loops.turned("sender", rests_s=-500)
    assert readiness.why_not_live == "stuck for more than 120 s: sender"
    loops.ended("sender")
    assert readiness.why_not_live is None
