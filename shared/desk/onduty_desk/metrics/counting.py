"""Counters, gauges and histograms that cost a send less than a microsecond each.

prometheus_client writes them out (`exposition.py`); its own counters take a lock for each count.
These are for one thread: the event loop's. Label values are bounded: any other counts as `other`.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

Service = Literal["bot", "dispatcher"]
BOTH: tuple[Service, ...] = ("bot", "dispatcher")
OTHER = "other"

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper limits of the buckets for requests and short waits."""

LONG_SECONDS = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0, 600.0, 1800.0, 7200.0)
"""The same for what people wait for."""

_MOST_BEGUN_AT_ZERO = 50
"""A figure with at most so many combinations of labels shows all of them from the start."""


@dataclass
class Figure:
    """What all kinds have: a name without suffix, a sentence, labels with their values."""

    name: str
    about: str
    labels: dict[str, Sequence[str]] = field(default_factory=dict)
    services: tuple[Service, ...] = BOTH

    def __post_init__(self) -> None:
        self._allowed = [frozenset(values) for values in self.labels.values()]
        combinations = list(product(*self.labels.values()))
        if len(combinations) <= _MOST_BEGUN_AT_ZERO:
            for labels in combinations:
                self._begin(labels)

    def _begin(self, labels: tuple[str, ...]) -> None:
        raise NotImplementedError

    def _bounded(self, labels: tuple[str, ...]) -> tuple[str, ...]:
        pairs = zip(labels, self._allowed, strict=True)
        return tuple(label if label in allowed else OTHER for label, allowed in pairs)

    def families(self) -> Iterator[Metric]:
        """Return it as prometheus_client writes it out."""
        raise NotImplementedError


class Count(Figure):
    """Something that is counted from the start of the process."""

    _values: dict[tuple[str, ...], float]

    def __post_init__(self) -> None:
        self._values = {}
        super().__post_init__()

    def add(self, *labels: str, by: float = 1.0) -> None:
        """Count one more, or `by` more."""
        try:
            self._values[labels] += by
        except KeyError:
            bounded = self._bounded(labels)
            self._values[bounded] = self._values.get(bounded, 0.0) + by

    def value(self, *labels: str) -> float:
        """Return how many there were."""
        return self._values.get(labels, 0.0)

    def families(self) -> Iterator[Metric]:
        """Return it as a counter; its samples end in `_total`."""
        family = CounterMetricFamily(self.name, self.about, labels=tuple(self.labels))
        for labels, value in self._values.items():
            family.add_metric(labels, value)
        yield family

    def _begin(self, labels: tuple[str, ...]) -> None:
        self._values[labels] = 0.0


class Level(Count):
    """Something that rises and falls."""

    def set(self, *labels: str, to: float) -> None:
        """Set it."""
        self._values[self._bounded(labels)] = to

    def families(self) -> Iterator[Metric]:
        """Return it as a gauge."""
        family = GaugeMetricFamily(self.name, self.about, labels=tuple(self.labels))
        for labels, value in self._values.items():
            family.add_metric(labels, value)
        yield family


@dataclass
class Spread(Figure):
    """How long something took: a histogram in seconds."""

    limits: tuple[float, ...] = SECONDS

    def __post_init__(self) -> None:
        self._values: dict[tuple[str, ...], list[float]] = {}
        super().__post_init__()

    def note(self, took_s: float, *labels: str) -> None:
        """Note one that took so long."""
        values = self._values.get(labels)
        if values is None:
            labels = self._bounded(labels)
            if labels not in self._values:
                self._begin(labels)
            values = self._values[labels]
        values[bisect_left(self.limits, took_s)] += 1
        values[-1] += took_s

    def count(self, *labels: str) -> float:
        """Return how many were noted."""
        return sum(self._values.get(labels, (0.0,))[:-1])

    def families(self) -> Iterator[Metric]:
        """Return it as a histogram."""
        family = HistogramMetricFamily(self.name, self.about, labels=tuple(self.labels))
        names = [*(f"{limit:g}" for limit in self.limits), "+Inf"]
        for labels, values in self._values.items():
            at_most, buckets = 0.0, []
            for name, value in zip(names, values[:-1], strict=True):
                at_most += value
                buckets.append((name, at_most))
            family.add_metric(labels, buckets, values[-1])
        yield family

    def _begin(self, labels: tuple[str, ...]) -> None:
        self._values[labels] = [0.0] * (len(self.limits) + 2)  # the last one is the sum
