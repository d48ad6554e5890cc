"""Checks Redis before a service starts work: waits while it is away, refuses a wrong set-up."""

import asyncio
from collections.abc import Awaitable, Iterable, Iterator
from contextlib import suppress
from time import monotonic
from typing import cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from onduty_desk.lua.calling import install, script
from onduty_desk.model.keys import BOT, WAKE
from onduty_desk.process.redis_away import CANNOT_NOW, PAUSE_S
from onduty_desk.process.wrong_types import wrong_types

LOG_EVERY_S = 30.0
OLDEST = (7, 0)
"""Before Redis 7.0, an error caught inside a script has no error code."""

_OURS, _RQS = "onduty:probe", "rq:onduty-probe"

_RIGHTS = "the Redis user needs ~onduty:* ~rq:* &onduty:* +@all -@dangerous +info"

_log = structlog.get_logger()


class StartRefused(Exception):  # noqa: N818 - its text is shown to a person
    """The service must not start; the text says what to do."""


async def ready(redis: Redis, bot_id: str, *packages: str) -> None:
    """Return when the service may start; wait while Redis is away.

    The scripts of the desk, and of the packages named, are in Redis then.

    Raises:
        StartRefused: a wrong password, a missing right, an old version, a database that does not
            exist, or another bot's desk.
    """
    began, logged_at = monotonic(), 0.0
    while True:
        try:
            await _check(redis, bot_id, packages)
        except (RedisError, OSError) as error:
            if refusal := _refusal(error):
                raise StartRefused(refusal) from error
            reason = str(error) or repr(error)
            if not isinstance(error, CANNOT_NOW):
                reason += await _wrong_types(redis)
            if not logged_at or monotonic() - logged_at >= LOG_EVERY_S:
                logged_at = monotonic()
                _log.warning(
                    "redis.waited_for",
                    reason=reason,
                    waited_s=round(logged_at - began),
                    next_step="start Redis, and the service goes on by itself; or set "
                    "ONDUTY_REDIS_URL and restart the service",
                )
            await asyncio.sleep(PAUSE_S)
        else:
            await _warn(redis)
            return


def _refusal(error: Exception) -> str | None:
    causes = tuple(_causes(error))
    texts = " ".join(str(cause) for cause in causes)
    if any(isinstance(cause, AuthenticationError) for cause in causes) or "WRONGPASS" in texts:
        return "Redis refuses the user name or password; correct it in ONDUTY_REDIS_URL"
    if "DB index is out of range" in texts or "Invalid Database" in texts:
        return "Redis has no database of this number; name another in ONDUTY_REDIS_URL"
    if any(isinstance(cause, NoPermissionError) for cause in causes):
        return f"Redis refuses a right that the desk needs ({error}); {_RIGHTS}"
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


async def _check(redis: Redis, bot_id: str, packages: Iterable[str]) -> None:
    await redis.ping()
    if is_too_old(version := await _version(redis)):
        raise StartRefused(f"Redis is {version}; the desk needs Redis 7.0, Valkey 7.2, or newer")
    await cast("Awaitable[int]", redis.eval("return 1", 0))
    for package in ("onduty_desk", *packages):
        await install(redis, package)
    await script(redis, "process/do_all_kinds")(args=[_OURS, _RQS])
    async with redis.pubsub() as channel:
        await channel.subscribe(WAKE)
        await channel.get_message(timeout=PAUSE_S)
    await _make_ours(redis, bot_id)


async def _wrong_types(redis: Redis) -> str:
    with suppress(RedisError, OSError):
        return "".join(f"; {key}" for key in await wrong_types(redis))
    return ""


async def _version(redis: Redis) -> str:
    return str((await redis.info("server")).get("redis_version", ""))


def is_too_old(version: str) -> bool:
    """Whether a server of this version is too old; a version that cannot be parsed is not."""
    numbers = [int(part) for part in version.split(".")[:2] if part.isdigit()]
    return bool(numbers) and tuple(numbers) < OLDEST


async def _make_ours(redis: Redis, bot_id: str) -> None:
    await redis.set(BOT, bot_id, nx=True)
    owner = cast("str | None", await redis.get(BOT))
    if owner != bot_id:
        raise StartRefused(
            f"this Redis holds the desk of bot {owner}, and ONDUTY_BOT_TOKEN is that of bot "
            f"{bot_id}; name another database in ONDUTY_REDIS_URL, or, if the desk is to be this "
            f"bot's from now on, run: onduty adopt {bot_id}"
        )


async def _warn(redis: Redis) -> None:
    """Log settings of Redis that can lose messages, as far as they can be read."""
    found = {}
    try:
        found = await redis.config_get("maxmemory-policy", "appendonly")
    except (RedisError, OSError) as error:
        _log.warning(
            "redis.config_unreadable",
            reason=str(error),
            next_step="make sure that Redis has appendonly yes and maxmemory-policy noeviction",
        )
        with suppress(RedisError, OSError):
            info = await redis.info()
            aof = "yes" if info["aof_enabled"] else "no"
            found = {"maxmemory-policy": info["maxmemory_policy"], "appendonly": aof}
    if found.get("maxmemory-policy", "noeviction") != "noeviction":
        _log.warning(
            "redis.evicts",
            reason=f"maxmemory-policy is {found['maxmemory-policy']}: accepted messages get lost",
            next_step="CONFIG SET maxmemory-policy noeviction; write it into its configuration too",
        )
    if found.get("appendonly", "yes") != "yes":
        _log.warning(
            "redis.keeps_nothing",
            reason="appendonly is no: what was accepted last is lost when Redis ends",
            next_step="CONFIG SET appendonly yes; write it into its configuration too",
        )
