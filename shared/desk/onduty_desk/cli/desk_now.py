"""Reads what `onduty status` shows: the figures of metrics, what is held, and each process."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from redis.asyncio import Redis

from onduty import Availability, Priority
from onduty.message import DEFAULT_GROUP
from onduty_desk.availability.published import published
from onduty_desk.lua.calling import script
from onduty_desk.metrics.desk_figures import read_samples
from onduty_desk.metrics.readings import Sample
from onduty_desk.model.keys import TELEGRAM, public_availability_key
from onduty_desk.model.roster_keys import GROUP_RULES
from onduty_desk.process.judging import Seen, all_processes
from onduty_desk.texts.reasons import printable_line, shown_reason

_NAME = 64


@dataclass(frozen=True)
class Line:
    """How many wait or are held, and how long the first of them."""

    count: int
    oldest_s: float


@dataclass(frozen=True)
class DeskNow:
    """The desk at one moment, by Redis's clock."""

    at_ms: int
    on_duty: Mapping[str, int]
    """Group → operators."""
    availability: Mapping[str, Availability | None]
    """Group → how many are available and have room, as written for backends; None: not lately."""
    waiting: Mapping[str, Mapping[str, Line]]
    """Group → priority → conversations that nobody has claimed."""
    claimed: Line
    """Held by operators on duty."""
    not_routed: Line
    events: Line
    """Conversations with events that the backend has not confirmed."""
    failed: int
    read_s: float | None
    """Since a bot last read updates; None if none ever did."""
    away_s: float
    """For how long the desk has paused because of Telegram; 0 if it does not."""
    away_reason: str
    alive: Mapping[str, int]
    """Service → processes with a recent sign of life, those of the last release too."""
    processes: Seen


async def look_at(redis: Redis) -> DeskNow:
    """Read all of it in ten commands and pipelines, which grow with the number of groups alone."""
    groups = cast("list[str]", await redis.hkeys(GROUP_RULES)) or [DEFAULT_GROUP]
    processes = await all_processes(redis)
    held, since = await script(redis, "conversations/commands/count_claims")()
    reason = cast("str | None", await redis.hget(TELEGRAM, "reason"))
    figures = _Figures(await read_samples(redis, groups))
    names = {group: printable_line(group, _NAME) for group in sorted(groups)}
    keys = [public_availability_key(group) for group in names]
    written = cast("list[str | None]", await redis.mget(keys))
    return DeskNow(
        at_ms=processes.now_ms,
        on_duty={
            name: int(figures.value("onduty_operators_on_duty", group))
            for group, name in names.items()
        },
        availability=dict(zip(names.values(), map(published, written), strict=True)),
        waiting={
            name: {
                priority.value: figures.line("onduty_waiting", group, priority.value)
                for priority in Priority
            }
            for group, name in names.items()
        },
        claimed=Line(held, max(0, processes.now_ms - int(since)) / 1000 if held else 0),
        not_routed=figures.sum("onduty_accepted"),
        events=Line(
            int(figures.total("onduty_events_pending_conversations")),
            figures.value("onduty_events_pending_oldest_seconds"),
        ),
        failed=int(figures.value("onduty_failed_entries")),
        read_s=figures.known("onduty_updates_read_age_seconds"),
        away_s=figures.value("onduty_desk_paused_seconds"),
        away_reason=shown_reason(reason) if reason else "",
        alive={
            service: int(figures.value("onduty_processes", service))
            for service in ("bot", "dispatcher")
        },
        processes=processes,
    )


def as_json(now: DeskNow) -> dict[str, Any]:
    """Return it as `--json` prints it."""
    return {
        "at_ms": now.at_ms,
        "groups": {
            group: {
                "on_duty": now.on_duty[group],
                "availability": _dump(now.availability[group]),
                "waiting": {name: vars(line) for name, line in lines.items()},
            }
            for group, lines in now.waiting.items()
        },
        "claimed": vars(now.claimed),
        "not_routed": vars(now.not_routed),
        "events_pending": vars(now.events),
        "failed": now.failed,
        "updates_read_s": now.read_s,
        "telegram": {"away_s": now.away_s, "reason": now.away_reason},
        "alive": now.alive,
        "processes": [
            {**one.model_dump(exclude={"trouble"}), "trouble": now.processes.wrong(one)}
            for one in now.processes.processes
        ],
    }


def _dump(availability: Availability | None) -> dict[str, Any] | None:
    keys = {"available", "free_places"}
    return availability.model_dump(include=keys) if availability else None


class _Figures:
    def __init__(self, samples: Iterable[Sample]) -> None:
        self._values = {(sample.name, sample.labels): sample.value for sample in samples}

    def known(self, name: str, *labels: str) -> float | None:
        return self._values.get((name, labels))

    def value(self, name: str, *labels: str) -> float:
        return self._values.get((name, labels), 0)

    def total(self, name: str) -> float:
        return sum(value for (of, _), value in self._values.items() if of == name)

    def line(self, name: str, *labels: str) -> Line:
        count = int(self.value(f"{name}_conversations", *labels))
        return Line(count, self.value(f"{name}_oldest_seconds", *labels))

    def sum(self, name: str) -> Line:
        lines = [self.line(name, priority.value) for priority in Priority]
        return Line(sum(line.count for line in lines), max(line.oldest_s for line in lines))
