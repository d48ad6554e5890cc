"""Examines a desk: every check, each as far as Redis, Telegram and the settings allow."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, RedisError

from onduty.message import DEFAULT_GROUP
from onduty_desk.doctor.at_work import desk_findings
from onduty_desk.doctor.clocks import clock_findings
from onduty_desk.doctor.given_settings import read_settings
from onduty_desk.doctor.redis_server import password_findings, rights_findings, server_findings
from onduty_desk.doctor.telegram import telegram_findings
from onduty_desk.process.connection import connect
from onduty_desk.process.redis_away import next_step_of, state_of
from onduty_desk.process.redis_setup import RIGHTS, Finding, why_refused
from onduty_desk.settings import BotSettings


@dataclass(frozen=True)
class Examined:
    """What was found, what could not be looked at, and what is worth knowing and no fault."""

    findings: Sequence[Finding]
    not_checked: Sequence[str]
    notes: Sequence[str]


async def examine(redis_url: str, now: Callable[[], float] = time.time) -> Examined:
    """Return all that is wrong; it raises nothing of Redis or Telegram, and changes nothing.

    The rights are checked as each service does at start: by keys that nobody uses, which are
    deleted at once.
    """
    given = read_settings()
    settings = given.bot or given.dispatcher
    groups = tuple(settings.phrases) if settings else (DEFAULT_GROUP,)
    wait_replicas = given.bot.wait_replicas if given.bot else 0
    not_checked: list[str] = []
    notes: list[str] = []

    async def of_redis() -> list[Finding]:
        async with connect(redis_url) as redis:
            found = await _as_far_as_it_goes(lambda: _answers(redis))
            if found:
                not_checked.append("Redis's set-up and the desk in it")
                return found
            for check in (
                lambda: password_findings(redis),
                lambda: server_findings(redis, redis_url, wait_replicas=wait_replicas),
                lambda: rights_findings(redis),
                lambda: clock_findings(redis, now),
                lambda: desk_findings(redis, given, groups),
            ):
                found += await _as_far_as_it_goes(check)
        return found

    if given.bot is None:
        not_checked.append("Telegram: the settings are refused")
    in_redis, at_telegram = await asyncio.gather(of_redis(), _of_telegram(given.bot, notes))
    findings = _causes(dict.fromkeys([*given.findings, *in_redis, *at_telegram]))
    return Examined(sorted(findings, key=lambda found: found.severity), not_checked, notes)


def _causes(findings: Iterable[Finding]) -> list[Finding]:
    """Name a refused token once, the processes that have it if they say so, and not what follows.

    A bot whose token is refused reads no updates.
    """
    refused = next((one for one in findings if one.name == "token.refused"), None)
    if not refused:
        return list(findings)
    others = (one for one in findings if one.name not in {"token.refused", "updates.unread"})
    return [*others, refused]


async def _of_telegram(settings: BotSettings | None, notes: list[str]) -> list[Finding]:
    return await telegram_findings(settings, notes) if settings else []


async def _answers(redis: Redis) -> list[Finding]:
    await redis.time()  # PING is refused while Redis cannot write its files
    return []


async def _as_far_as_it_goes(check: Callable[[], Awaitable[list[Finding]]]) -> list[Finding]:
    try:
        return await check()
    except NoPermissionError as error:
        return [Finding("redis.rights", f"Redis refuses a right ({error})", RIGHTS)]
    except (RedisError, OSError) as error:
        if refusal := why_refused(error):
            reason, _, cure = refusal.partition("; ")
            return [Finding("redis.refused", reason, cure)]
        reason = str(error) or repr(error)
        if state_of(error):
            return [Finding("redis.cannot_now", reason, next_step_of(error))]
        cure = "start it, or name another in ONDUTY_REDIS_URL; services go on by themselves"
        return [Finding("redis.away", reason, next_step_of(error, cure))]
