"""Writes all figures of a process in Prometheus's text format."""

from collections.abc import Iterable, Iterator
from importlib.metadata import version

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from onduty_desk.metrics.counting import Service
from onduty_desk.metrics.desk_figures import DeskFigures
from onduty_desk.metrics.figures import FIGURES
from onduty_desk.process.readiness import Readiness

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Exposition:
    """All that `/metrics` of one process shows.

    Args:
        service: the figures of the other service are left out.
        desk: the figures of the whole desk.
        readiness: of this process.
        sends_per_second: the cap of the pace.
    """

    def __init__(
        self,
        service: Service,
        desk: DeskFigures,
        readiness: Readiness,
        *,
        sends_per_second: float,
    ) -> None:
        self._service: Service = service
        self._desk = desk
        self._readiness = readiness
        self._sends_per_second = sends_per_second
        self._process = ProcessCollector(registry=None)

    async def text(self) -> bytes:
        """Return the figures as they are now."""
        return generate_latest(_Once([*self._of_process(), *await self._desk.families()]))

    def _of_process(self) -> Iterator[Metric]:
        build = GaugeMetricFamily(
            "onduty_build_info",
            "1, with the service and its version.",
            labels=("service", "version"),
        )
        build.add_metric((self._service, version(f"onduty-{self._service}")), 1)
        yield build
        yield GaugeMetricFamily(
            "onduty_ready",
            "1 if this process is ready, as /readyz.",
            value=float(self._readiness.why_not_ready is None),
        )
        yield GaugeMetricFamily(
            "onduty_sends_per_second_limit",
            "Sends a second over all chats, as it is set.",
            value=self._sends_per_second,
        )
        for figure in FIGURES:
            if self._service in figure.services:
                yield from figure.families()
        yield from self._process.collect()


class _Once(CollectorRegistry):
    """The families of one scrape."""

    def __init__(self, families: Iterable[Metric]) -> None:
        super().__init__()
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families
