"""Judges whether all processes of a service on this host are well, by what each has written."""

import os
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from pydantic import BaseModel, ConfigDict, ValidationError
from redis.asyncio import Redis

from onduty_desk.model.keys import PROCESS_IDS, alive_key, process_key, unwell_key
from onduty_desk.process.health import GONE_AFTER_S


class Process(BaseModel):
    """What a process has written about itself, see `sign_of_life.lua`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    service: str
    host: str
    pid: int
    version: str = ""
    started_ms: int
    seen_ms: int
    trouble: str = ""
    """Why it is not ready; empty if it is."""
    receives_by: str = ""
    """How a bot gets updates: `polling` or `webhook`; empty if unknown."""


@dataclass(frozen=True)
class Seen:
    """All processes that were seen within ten minutes and have not said that they end."""

    now_ms: int
    processes: tuple[Process, ...]

    def wrong(self, process: Process) -> str | None:
        """Return why a process is not ready, as it has said, or because it says nothing more."""
        silent_s = (self.now_ms - process.seen_ms) // 1000
        if silent_s > GONE_AFTER_S:
            return f"no sign of life for {silent_s} s; see its log"
        return process.trouble or None


async def all_processes(redis: Redis) -> Seen:
    """Read what the processes of both services on all hosts have written."""
    seconds, micros = await redis.time()
    ids = cast("list[str]", await redis.zrange(PROCESS_IDS, 0, -1))
    records = cast(
        "list[str | None]", await redis.mget([process_key(i) for i in ids]) if ids else []
    )
    return Seen(seconds * 1000 + micros // 1000, tuple(_read(records)))


async def what_is_wrong(redis: Redis, service: str) -> str | None:
    """Return why not all processes of the service on this host are well; None if they are."""
    host = socket.gethostname()
    seen = await all_processes(redis)
    here = [one for one in seen.processes if (one.service, one.host) == (service, host)]
    if not here:  # the last release writes only this
        wrong = cast("str | None", await redis.get(unwell_key(service, host)))
        if wrong is None and not await redis.exists(alive_key(service, host)):
            wrong = "no sign of life on this host for a while; see its log"
        return wrong
    here = _without_replaced(here, seen)
    troubles = [(one, wrong) for one in here if (wrong := seen.wrong(one))]
    if not troubles:
        return None
    if len(here) == 1:
        return troubles[0][1]
    told = "; ".join(f"process {one.pid}: {wrong}" for one, wrong in troubles)
    return f"{len(troubles)} of {len(here)} processes on this host are not ready: {told}"


async def is_alive(redis: Redis, service: str) -> bool:
    """Whether all processes of the service on this host are well, and there is one."""
    return await what_is_wrong(redis, service) is None


def _read(records: Iterable[str | None]) -> Iterable[Process]:
    for record in records:
        try:
            yield Process.model_validate_json(record or "")
        except ValidationError:  # it has expired meanwhile, or another program wrote it
            continue


def _without_replaced(here: Sequence[Process], seen: Seen) -> list[Process]:
    """Leave out those that were killed and started anew: each newcomer takes the place of one.

    A process that is stopped, or hangs, is still there: nobody has taken its place.
    """
    newcomers = [one.started_ms for one in here if not seen.wrong(one)]
    left = []
    for one in sorted(here, key=lambda one: -one.seen_ms):
        is_over = (seen.now_ms - one.seen_ms) // 1000 > GONE_AFTER_S and not _is_running(one.pid)
        place = next((at for at in newcomers if at >= one.seen_ms), None) if is_over else None
        if place is None:
            left.append(one)
        else:
            newcomers.remove(place)
    return sorted(left, key=lambda one: one.started_ms)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
