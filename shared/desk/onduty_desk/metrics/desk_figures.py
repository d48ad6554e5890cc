"""The figures of the whole desk, read from Redis by whichever process is asked.

TIME, and one pipeline whose length depends on the number of groups alone. Every process returns the
same; what was read within the last second is not read again, however many ask.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from time import monotonic
from typing import Any

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty_desk.metrics.readings import Reading, Sample, of_group, of_the_desk

KEPT_S = 1.0
READ_WITHIN_S = 2.0
"""A scrape is answered even if Redis does not answer."""

FIGURES: dict[str, tuple[str, tuple[str, ...]]] = {
    "onduty_redis_up": ("1 if Redis answered when these figures were read.", ()),
    "onduty_redis_script_seconds_total": ("Redis's time in scripts and functions.", ()),
    "onduty_waiting_conversations": (
        "Conversations that nobody has claimed.",
        ("group", "priority"),
    ),
    "onduty_waiting_oldest_seconds": (
        "How long the oldest of these has waited.",
        ("group", "priority"),
    ),
    "onduty_operators_on_duty": ("Operators on duty.", ("group",)),
    "onduty_operators_available": ("Operators on duty who do not pause.", ("group",)),
    "onduty_accepted_conversations": (
        "Conversations with something accepted that is not routed.",
        ("priority",),
    ),
    "onduty_accepted_oldest_seconds": (
        "How long the oldest of these is not routed.",
        ("priority",),
    ),
    "onduty_phones_due": ("Phones with something to come, by its class.", ("class",)),
    "onduty_rq_queued_jobs": ("Jobs in RQ's queues.", ("queue",)),
    "onduty_rq_intermediate_jobs": ("Jobs that lanes have popped and not done.", ("queue",)),
    "onduty_rq_failed_event_jobs": ("Event jobs that the backend's worker failed at.", ()),
    "onduty_failed_entries": ("Entries of the failed list.", ()),
    "onduty_events_pending_conversations": (
        "Conversations with events that the backend has not confirmed, by the oldest's age.",
        ("age",),
    ),
    "onduty_events_pending_oldest_seconds": ("How old the oldest of these events is.", ()),
    "onduty_delayed_answers": ("Answers that wait for ONDUTY_SEND_AFTER.", ()),
    "onduty_update_chats": ("Chats with updates that no bot has handled.", ("of",)),
    "onduty_updates_set_aside": ("Updates that were set aside, of the last 90 days.", ()),
    "onduty_updates_read_age_seconds": ("How long ago a bot last read updates.", ()),
    "onduty_leases_held": ("1 while a process holds this lease.", ("lease",)),
    "onduty_processes": ("Processes with a sign of life within 20 s.", ("service",)),
    "onduty_desk_paused": ("1 while the desk pauses for this cause.", ("cause",)),
    "onduty_desk_paused_seconds": ("For how long the desk has paused; 0: it does not.", ()),
}
"""Name → what it is, and its labels."""


class DeskFigures:
    """Reads them for one process; `groups` are those of its settings."""

    def __init__(self, redis: Redis, groups: Iterable[str]) -> None:
        self._redis = redis
        self._groups = tuple(groups)
        self._lock = asyncio.Lock()
        self._read_at = -KEPT_S
        self._samples: list[Sample] = []

    async def families(self) -> Iterator[Metric]:
        """Return all figures; without Redis only that it cannot be read."""
        async with self._lock:
            if monotonic() - self._read_at >= KEPT_S:
                self._samples = [Sample("onduty_redis_up", 0)]
                with suppress(RedisError, OSError, TimeoutError):
                    async with asyncio.timeout(READ_WITHIN_S):
                        self._samples = [
                            Sample("onduty_redis_up", 1),
                            *await read_samples(self._redis, self._groups),
                        ]
                self._read_at = monotonic()
        return _families(self._samples)


async def read_samples(redis: Redis, groups: Iterable[str]) -> list[Sample]:
    """Read all figures now; what cannot be read is left out, unless Redis is away."""
    seconds, micros = await redis.time()
    now_ms = seconds * 1000 + micros // 1000
    readings: list[Reading] = [*of_the_desk(now_ms)]
    for group in groups:
        readings += of_group(now_ms, group)
    async with redis.pipeline(transaction=False) as look:
        for reading in readings:
            reading.ask(look)
        answers: list[Any] = await look.execute(raise_on_error=False)
    samples: list[Sample] = []
    for reading, answer in zip(readings, answers, strict=True):
        if not isinstance(answer, Exception):  # a key of a wrong type, or a missing right
            samples += reading.samples(answer)
    return samples


def _families(samples: Iterable[Sample]) -> Iterator[Metric]:
    found: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
    for sample in samples:
        about, labels = FIGURES[sample.name]
        kind = CounterMetricFamily if sample.name.endswith("_total") else GaugeMetricFamily
        family = found.setdefault(sample.name, kind(sample.name, about, labels=labels))
        family.add_metric(sample.labels, sample.value)
    return iter(found.values())
