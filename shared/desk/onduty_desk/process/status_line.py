"""Logs a summary of the desk in one line: at start, and each minute while there is work."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import cast

import structlog
from redis.asyncio import Redis

from onduty import Priority
from onduty.wire import ACCEPTED
from onduty_desk.model.bot_keys import UPDATE_CHATS, UPDATE_CHATS_FIRST
from onduty_desk.model.keys import FAILED, PROCESSES, TELEGRAM, waiting_key
from onduty_desk.model.phone_keys import timetable_key
from onduty_desk.model.roster_keys import ON_DUTY
from onduty_desk.process.health import GONE_AFTER_S, process_name
from onduty_desk.process.outage import Outage

EVERY_S = 60.0
_CLASS = 10**14
"""A waiting conversation's score is its class times this, plus since when it waits (ms)."""

_log = structlog.get_logger()


@dataclass(frozen=True)
class Glance:
    """How much there is to do, as counted in Redis."""

    operators: int
    """On duty."""
    not_routed: int
    """Conversations with something accepted that is not routed."""
    waiting: int
    """Conversations that nobody has claimed."""
    oldest_s: int
    """How long the oldest of these has waited."""
    phones: int
    """With something to send or to edit."""
    updates: int
    """Chats whose updates the bot has not handled yet."""
    failed: int
    """On the failed list."""
    bots: int
    dispatchers: int
    """Processes with a recent sign of life."""
    paused_s: int
    """How long Telegram has been away; 0 if it is not."""
    paused: str
    """Why."""

    @property
    def has_work(self) -> bool:
        """Whether there is anything to do."""
        todo = self.not_routed + self.waiting + self.phones + self.updates
        return bool(todo or self.paused_s or self.paused)


async def glance(redis: Redis, service: str, groups: Iterable[str]) -> Glance:
    """Count everything in one round trip; its size grows with the number of groups.

    This process is counted as one of `service` even before its first sign of life.
    """
    groups = tuple(groups)
    async with redis.pipeline(transaction=False) as look:
        look.time()
        look.zrange(PROCESSES, 0, -1, withscores=True)
        look.hmget(TELEGRAM, ["away_since_ms", "reason"])
        for key in (ON_DUTY, ACCEPTED, UPDATE_CHATS, UPDATE_CHATS_FIRST, FAILED):
            look.zcard(key)
        for what in (*Priority, "edits"):
            look.zcard(timetable_key(cast("Priority", what)))
        for group in groups:
            look.zcard(waiting_key(group))
            for rank in range(len(Priority)):
                low, high = rank * _CLASS, (rank + 1) * _CLASS - 1
                look.zrange(
                    waiting_key(group), low, high, byscore=True, offset=0, num=1, withscores=True
                )
        found = await look.execute()
    (seconds, micros), processes, (away_since, reason), *numbers = found
    now = seconds * 1000 + micros // 1000
    on_duty, accepted, updates, updates_first, failed, *rest = numbers
    timetable, of_groups = rest[: len(Priority) + 1], rest[len(Priority) + 1 :]
    step = len(Priority) + 1
    since = [
        int(oldest[0][1]) % _CLASS for at, oldest in enumerate(of_groups) if at % step and oldest
    ]
    names = {name for name, at in processes if at > now - GONE_AFTER_S * 1000}
    alive = [name.split()[0] for name in names | {process_name(service)}]
    return Glance(
        operators=on_duty,
        not_routed=accepted,
        waiting=sum(of_groups[::step]),
        oldest_s=max((now - min(since, default=now)) // 1000, 0),
        phones=sum(timetable),
        updates=updates + updates_first,
        failed=failed,
        bots=alive.count("bot"),
        dispatchers=alive.count("dispatcher"),
        paused_s=max((now - int(away_since)) // 1000, 1) if away_since else 0,
        paused=reason or "",
    )


async def log_start(
    redis: Redis,
    service: str,
    groups: Iterable[str],
    does: Mapping[str, object],
    outage: Outage,
) -> None:
    """Log that the service has started, what it does, and how much there is to do."""
    found: dict[str, object] = {}
    with outage.reported():
        found = _fields(await glance(redis, service, groups))
    _log.info(f"{service}.started", version=version(f"onduty-{service}"), **does, **found)


async def log_each_minute(
    redis: Redis,
    service: str,
    groups: Iterable[str],
    done: Callable[[], Mapping[str, int]],
    outage: Outage,
) -> None:
    """Log once a minute what this process has done and what is left; nothing while idle.

    `done` counts from the start of the process. Runs until cancelled.
    """
    before = dict(done())
    while True:
        await asyncio.sleep(EVERY_S)
        now = dict(done())
        did = {name: count - before.get(name, 0) for name, count in now.items()}
        before = now
        with outage.reported():
            found = await glance(redis, service, groups)
            if found.has_work or any(did.values()):
                _log.info(f"{service}.minute", **did, **_fields(found))


def _fields(found: Glance) -> dict[str, object]:
    fields = {name: getattr(found, name) for name in Glance.__dataclass_fields__}
    return {name: value for name, value in fields.items() if value or name not in _UNUSUAL}


_UNUSUAL = frozenset({"oldest_s", "paused_s", "paused", "updates", "not_routed", "phones"})
"""Left out of the line while they are 0."""
