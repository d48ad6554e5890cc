"""Times of Redis's clock in this process's clock: the fastest answers decide."""

import pytest

from onduty_desk.process.redis_clock import KEPT, RedisClock


def us(seconds: float) -> int:
    return int(seconds * 1e6)


def test_slow_answers_change_nothing() -> None:
    """Redis is a hundred seconds ahead of us; one answer took a millisecond, the others longer."""
    clock = RedisClock()
    for redis_s, took_s in ((100.0, 0.05), (101.0, 0.001), (102.0, 0.4)):
        clock.learn(us(redis_s), redis_s - 100 + took_s)
    assert clock.here(us(103)) == pytest.approx(3.001)


def test_clocks_that_drift_apart_are_followed() -> None:
    """An answer is forgotten after two hundred others."""
    clock = RedisClock()
    clock.learn(us(100), 0)
    for n in range(KEPT):
        clock.learn(us(101 + n), 1 + n + 0.02)
    assert clock.here(us(500)) == pytest.approx(400.02)


def test_a_failover_to_a_clock_behind_is_noticed_at_once() -> None:
    """Else every send would be early, by as much as the new clock is behind."""
    clock = RedisClock()
    clock.learn(us(100), 0)
    clock.learn(us(91), 1)
    assert clock.here(us(92)) == pytest.approx(2)


def test_a_clock_set_forward_is_noticed_at_once() -> None:
    """A moment of the new clock is never believed to lie as far ahead as it was set."""
    clock = RedisClock()
    clock.learn(us(100), 0)
    clock.learn(us(401), 1)
    assert clock.here(us(402)) == pytest.approx(2)
