"""Checks the desk at work: whose it is, its processes, what waits, what was given up."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from onduty import Availability, Priority
from onduty.wire import ACCEPTED
from onduty_desk.availability.published import published
from onduty_desk.doctor.given_settings import Given
from onduty_desk.doctor.telegram import RESTART_WITH_NEW
from onduty_desk.lua.loader import library
from onduty_desk.model.bot_keys import HEARD, POLLER
from onduty_desk.model.event_keys import EVENTS_DUE, EVENTS_WANTED
from onduty_desk.model.keys import BOT, public_availability_key, waiting_key
from onduty_desk.model.roster_keys import duty_key
from onduty_desk.process.health import GONE_AFTER_S
from onduty_desk.process.judging import all_processes
from onduty_desk.process.redis_setup import Finding, why_another_bots
from onduty_desk.process.status_line import Glance, glance
from onduty_desk.process.wrong_types import wrong_keys_of_the_desk
from onduty_desk.telegram.token import REFUSED
from onduty_desk.texts.times import duration

LATE_S = 60
"""Routing and handling take less than a second; what is this late is not being done."""

UNREAD_S = 45
"""A bot that polls hears Telegram at least each 15 s."""

LONG_S = 1800
"""A customer who has waited for so long has probably left."""


@dataclass(frozen=True)
class Seen:
    """What was read of the desk in one look."""

    owner: str | None
    heard_s: float | None
    """Since a bot last read updates; None if that never happened."""
    is_polled: bool
    routed_late_s: float
    events: int
    events_wanted: bool
    nobody_there: dict[str, int]
    """Group → waiting conversations, where nobody is on duty."""
    no_room: tuple[Availability, ...]
    """Of groups where customers wait, and nobody of those on duty can take one more."""
    unwell: dict[str, str]
    """Process → why it cannot work."""
    versions: frozenset[str]
    """Of the processes with a sign of life."""


async def desk_findings(redis: Redis, given: Given, groups: Iterable[str]) -> list[Finding]:
    """Return what is wrong, in a number of commands that grows with groups and hosts alone."""
    groups = tuple(groups)
    wrong = await wrong_keys_of_the_desk(redis)
    if wrong:
        next_step = "find out who wrote it, then DEL or RENAME it; work goes on by itself"
        return [Finding("redis.wrong_type", str(key), next_step) for key in wrong]
    look, seen = await glance(redis, "doctor", groups), await _look(redis, groups)
    settings = given.bot or given.dispatcher
    found = []
    if settings and (another := why_another_bots(seen.owner, settings.bot_id)):
        cure = f"name another database in ONDUTY_REDIS_URL, or run: onduty adopt {settings.bot_id}"
        found.append(Finding("desk.another_bots", another.partition(";")[0], cure))
    found += [*_processes(look, seen), *_backlog(look, seen), *_events(given, look, seen)]
    if look.failed:
        found.append(
            Finding(
                "failed.some",
                f"{look.failed} on the failed list",
                "onduty failed list; then onduty failed retry or drop",
                "warning",
            )
        )
    return [*found, *await _versions(redis, seen)]


async def _look(redis: Redis, groups: tuple[str, ...]) -> Seen:
    seconds, _ = await redis.time()
    now_ms = seconds * 1000
    seen = await all_processes(redis)
    async with redis.pipeline(transaction=False) as pipeline:
        for key in (BOT, HEARD, POLLER, EVENTS_WANTED):
            pipeline.get(key)
        pipeline.zcard(EVENTS_DUE)
        for rank in range(len(Priority)):
            low = rank * 10**14
            pipeline.zrange(
                ACCEPTED, low, low + 10**14 - 1, byscore=True, offset=0, num=1, withscores=True
            )
        for group in groups:
            pipeline.zcard(duty_key(group))
            pipeline.zcard(waiting_key(group))
        for group in groups:
            pipeline.get(public_availability_key(group))
        owner, heard, poller, wanted, events, *rest = await pipeline.execute()
    oldest = [int(first[0][1]) % 10**14 for first in rest[: len(Priority)] if first]
    of_groups = rest[len(Priority) : len(Priority) + 2 * len(groups)]
    counts = zip(groups, of_groups[::2], of_groups[1::2], strict=True)
    written = map(published, rest[len(Priority) + 2 * len(groups) :])
    troubles = {one: seen.wrong(one) for one in seen.processes}
    return Seen(
        owner=owner,
        heard_s=(now_ms - int(heard)) / 1000 if heard else None,
        is_polled=bool(poller) or any(one.receives_by == "polling" for one in seen.processes),
        routed_late_s=(now_ms - min(oldest, default=now_ms)) / 1000,
        events=events,
        events_wanted=bool(wanted),
        nobody_there={
            group: waiting for group, on_duty, waiting in counts if not on_duty and waiting
        },
        no_room=tuple(
            one
            for one in written
            if one
            and one.waiting
            and one.on_duty
            and not one.free_places
            and one.free_places is not None
        ),
        unwell={
            f"{one.service} {one.pid} on {one.host}": why for one, why in troubles.items() if why
        },
        versions=frozenset(one.version for one, why in troubles.items() if not why),
    )


def _processes(look: Glance, seen: Seen) -> Iterator[Finding]:
    for service, count in (("bot", look.bots), ("dispatcher", look.dispatchers)):
        if not count:
            yield Finding(
                f"{service}.none",
                f"no {service} has shown a sign of life for {GONE_AFTER_S} s",
                f"start onduty-{service}; if it ends at once, its last line says why",
            )
    refused = [where for where, why in seen.unwell.items() if why.startswith(REFUSED)]
    if refused:
        reason = f"Telegram refuses the token of {', '.join(refused)}"
        yield Finding("token.refused", reason, RESTART_WITH_NEW)
    for where, why in seen.unwell.items():
        if where in refused:
            continue
        yield Finding("process.unwell", f"{where}: {why}", "do what it says, and read its log")
    if look.paused_s:
        yield Finding(
            "telegram.paused",
            f"the desk has paused for {duration(look.paused_s)}: {look.paused}",
            "check the network to Telegram and ONDUTY_TELEGRAM_PROXY; it goes on by itself",
        )
    elif look.bots and (seen.heard_s is None or seen.heard_s > UNREAD_S):
        how = "polls" if seen.is_polled else "listens for Telegram's calls"
        since = "never" if seen.heard_s is None else f"not for {duration(seen.heard_s)}"
        yield Finding(
            "updates.unread",
            f"a bot {how}, and has {since} read updates",
            "look in its log for polling.conflict (another program reads with this token: /revoke "
            "it at @BotFather), polling.telegram_away and webhook.not_set",
        )


def _backlog(look: Glance, seen: Seen) -> Iterator[Finding]:
    for group, waiting in seen.nobody_there.items():
        yield Finding(
            "group.unattended",
            f"{waiting} customers wait in the group {group}, and nobody of it is on duty",
            f"let somebody who knows the phrase of {group} send /on to the bot",
            "warning",
        )
    yield from map(_no_room, seen.no_room)
    if look.oldest_s > LONG_S and not (seen.nobody_there or seen.no_room):
        yield Finding(
            "backlog.old",
            f"{look.waiting} customers wait, the first for {duration(look.oldest_s)}",
            "more operators on duty: onduty operators list shows who is",
            "warning",
        )
    if seen.routed_late_s > LATE_S:
        yield Finding(
            "backlog.not_routed",
            f"{look.not_routed} conversations are accepted and not routed, the first for "
            f"{duration(seen.routed_late_s)}",
            "start more dispatchers, or read their log for what they wait for",
        )


def _no_room(group: Availability) -> Finding:
    wait = f"{group.waiting} customers wait in the group {group.group}"
    if not group.available:
        return Finding(
            "group.not_available",
            f"{wait}, and all {group.on_duty} on duty there pause, or cannot be reached",
            "ask them to send /pause once more, or let somebody else send /on; an admin's /team "
            "shows who pauses",
            "warning",
        )
    return Finding(
        "group.full",
        f"{wait}, and none of the {group.available} available operators there (of {group.on_duty} "
        "on duty) has room for one more",
        "one more operator, by /on; or those on duty close what is done, or raise their /limit; or "
        "raise the group's capacity in ONDUTY_DESK_FILE and restart a bot",
        "warning",
    )


def _events(given: Given, look: Glance, seen: Seen) -> Iterator[Finding]:
    if seen.events and not seen.events_wanted:
        yield Finding(
            "events.undelivered",
            f"events of {seen.events} conversations wait, and no dispatcher delivers events",
            "set ONDUTY_EVENTS_URL or ONDUTY_EVENTS_JOB for all dispatchers and restart them",
        )
    wants = given.dispatcher and (given.dispatcher.events_url or given.dispatcher.events_job)
    if wants and look.dispatchers and not seen.events_wanted:
        yield Finding(
            "events.not_wanted",
            "events are configured here, and no running dispatcher delivers them",
            "give all dispatchers the same settings and restart them",
        )


async def _versions(redis: Redis, seen: Seen) -> list[Finding]:
    ours = library("onduty_desk").name
    found = cast("list[list[str] | dict[str, str]]", await redis.function_list("onduty_desk_*"))
    entries = [
        one if isinstance(one, dict) else dict(zip(one[::2], one[1::2], strict=True))
        for one in found
    ]
    others = {entry["library_name"] for entry in entries} - {ours}
    if not others and len(seen.versions) < 2:  # noqa: PLR2004 - of one version is well
        return []
    return [
        Finding(
            "processes.other_version",
            "processes of another version than this command's, or of several, work on this Redis"
            f" ({', '.join(sorted(seen.versions)) or 'of the last release'})",
            "finish the upgrade: restart the services of the other version (bot.started and "
            "dispatcher.started in their logs say which), or install the same version here",
            "warning",
        )
    ]
