"""What is read from Redis for a figure of the whole desk: a command, and what its answer says.

Ages are by Redis's clock. A reading costs the same however many phones, conversations or jobs there
are: counts of sorted sets and lists, and their first entries.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from redis.asyncio.client import Pipeline

from onduty import Priority
from onduty.wire import ACCEPTED, EVENTS_QUEUE, QUEUES, RQ_QUEUE
from onduty_desk.lua.loader import library
from onduty_desk.metrics.figures import CARDS, CAUSES, cause_of
from onduty_desk.model.bot_keys import (
    HEARD,
    POLLER,
    RQ_FAILED_EVENTS,
    UPDATE_CHATS,
    UPDATE_CHATS_FIRST,
    UPDATES_ASIDE,
)
from onduty_desk.model.delay_keys import REPLIES_DELAYED
from onduty_desk.model.event_keys import EVENTS_SINCE
from onduty_desk.model.keys import FAILED, PROCESSES, TELEGRAM, TELEGRAM_ASKING, waiting_key
from onduty_desk.model.phone_keys import timetable_key
from onduty_desk.model.roster_keys import duty_key
from onduty_desk.process.health import GONE_AFTER_S

SERVICES = ("bot", "dispatcher")
_CLASS = 10**14
"""A score of what waits is its class times this, plus since when (ms)."""

_MINUTE_MS = 60_000


@dataclass(frozen=True)
class Sample:
    """One value of a figure."""

    name: str
    value: float
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """A command, and what its answer says."""

    ask: Callable[[Pipeline], object]
    samples: Callable[[Any], Iterable[Sample]]


def of_the_desk(now_ms: int) -> Iterator[Reading]:
    """Return the readings that are not about one group."""
    yield _size(FAILED, "onduty_failed_entries")
    yield _size(UPDATES_ASIDE, "onduty_updates_set_aside")
    yield _size(UPDATE_CHATS_FIRST, "onduty_update_chats", "operators")
    yield _size(UPDATE_CHATS, "onduty_update_chats", "strangers")
    yield _size(RQ_FAILED_EVENTS, "onduty_rq_failed_event_jobs")
    for what in CARDS:
        yield _size(timetable_key(cast("Priority", what)), "onduty_phones_due", what)
    for queue in (*QUEUES.values(), EVENTS_QUEUE):
        yield _length(f"{RQ_QUEUE}{queue}", "onduty_rq_queued_jobs", queue)
    for queue in QUEUES.values():
        yield _length(f"{RQ_QUEUE}{queue}:intermediate", "onduty_rq_intermediate_jobs", queue)
    for rank, priority in enumerate(Priority):
        yield from _of_class(now_ms, ACCEPTED, "onduty_accepted", rank, (priority.value,))
    yield from _of_events(now_ms)
    yield _size(REPLIES_DELAYED, "onduty_delayed_answers")
    yield _is_there(POLLER, "onduty_leases_held", "poller")
    yield _is_there(TELEGRAM_ASKING, "onduty_leases_held", "asking_telegram")
    yield Reading(lambda look: look.get(HEARD), partial(_heard, now_ms))
    yield Reading(
        lambda look: look.zrangebyscore(PROCESSES, now_ms - 1000 * GONE_AFTER_S, "+inf"), _processes
    )
    yield Reading(
        lambda look: look.hmget(TELEGRAM, ["away_since_ms", "reason"]), partial(_pause, now_ms)
    )
    yield Reading(lambda look: look.info("commandstats"), _script_seconds)


def of_group(now_ms: int, group: str) -> Iterator[Reading]:
    """Return the readings about one group."""
    yield _size(duty_key(group), "onduty_operators_on_duty", group)
    count = library("onduty_desk").function("availability/count_available")
    yield Reading(
        lambda look: look.fcall(count, 0, group),
        partial(_value, "onduty_operators_available", (group,)),
    )
    for rank, priority in enumerate(Priority):
        labels = (group, priority.value)
        yield from _of_class(now_ms, waiting_key(group), "onduty_waiting", rank, labels)


def _of_class(
    now_ms: int, key: str, name: str, rank: int, labels: tuple[str, ...]
) -> Iterator[Reading]:
    """Return how many conversations of a class there are, and how old the oldest is."""
    low, high = rank * _CLASS, (rank + 1) * _CLASS - 1
    yield Reading(
        lambda look: look.zcount(key, low, high), partial(_value, f"{name}_conversations", labels)
    )
    yield Reading(
        lambda look: look.zrangebyscore(key, low, high, start=0, num=1, withscores=True),
        partial(_age_of_first, now_ms, f"{name}_oldest_seconds", labels),
    )


def _of_events(now_ms: int) -> Iterator[Reading]:
    name = "onduty_events_pending_conversations"
    one, ten = now_ms - _MINUTE_MS, now_ms - 10 * _MINUTE_MS
    for age, low, high in (
        ("under_1m", f"({one}", "+inf"),
        ("1m_to_10m", f"({ten}", f"{one}"),
        ("over_10m", "-inf", f"{ten}"),
    ):
        yield Reading(
            partial(_ask_for_count, EVENTS_SINCE, low, high), partial(_value, name, (age,))
        )
    yield Reading(
        lambda look: look.zrange(EVENTS_SINCE, 0, 0, withscores=True),
        partial(_age_of_first, now_ms, "onduty_events_pending_oldest_seconds", ()),
    )


def _ask_for_count(key: str, low: str, high: str, look: Pipeline) -> None:
    look.zcount(key, low, high)


def _size(key: str, name: str, *labels: str) -> Reading:
    return Reading(lambda look: look.zcard(key), partial(_value, name, labels))


def _length(key: str, name: str, *labels: str) -> Reading:
    return Reading(lambda look: look.llen(key), partial(_value, name, labels))


def _is_there(key: str, name: str, *labels: str) -> Reading:
    return Reading(lambda look: look.exists(key), partial(_value, name, labels))


def _value(name: str, labels: tuple[str, ...], answer: int) -> list[Sample]:
    return [Sample(name, answer, labels)]


def _age_of_first(
    now_ms: int, name: str, labels: tuple[str, ...], answer: list[tuple[str, float]]
) -> list[Sample]:
    since_ms = int(answer[0][1]) % _CLASS if answer else now_ms
    return [Sample(name, _seconds(now_ms - since_ms), labels)]


def _heard(now_ms: int, answer: str | None) -> list[Sample]:
    if answer is None:  # no bot has ever read
        return []
    return [Sample("onduty_updates_read_age_seconds", _seconds(now_ms - int(answer)))]


def _processes(answer: list[str]) -> list[Sample]:
    services = [name.split()[0] for name in answer]
    return [Sample("onduty_processes", services.count(service), (service,)) for service in SERVICES]


def _pause(now_ms: int, answer: list[str | None]) -> list[Sample]:
    since_ms, reason = answer
    cause = cause_of(reason or "") if since_ms else None
    paused = [Sample("onduty_desk_paused", float(one == cause), (one,)) for one in CAUSES]
    paused_s = _seconds(now_ms - int(since_ms)) if since_ms else 0.0
    return [*paused, Sample("onduty_desk_paused_seconds", paused_s)]


def _script_seconds(answer: dict[str, dict[str, float]]) -> list[Sample]:
    """Add up what scripts have taken; the statistics of other commands are not ours alone."""
    stats = (answer.get(f"cmdstat_{command}", {}) for command in ("fcall", "eval", "evalsha"))
    seconds = sum(float(one.get("usec", 0)) for one in stats) / 1e6
    return [Sample("onduty_redis_script_seconds_total", seconds)]


def _seconds(ms: int) -> float:
    return max(0, ms) / 1000
