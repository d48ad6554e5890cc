"""Checks Redis before a service starts work: waits while it is away, refuses a wrong set-up."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from time import monotonic
from typing import cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty_desk.lua.calling import install, script
from onduty_desk.model.keys import BOT
from onduty_desk.process.redis_away import CANNOT_NOW, PAUSE_S, NotRedis, next_step_of
from onduty_desk.process.redis_setup import (
    use_password,
    what_loses_messages,
    why_another_bots,
    why_refused,
    why_too_old,
)
from onduty_desk.process.rights import use_rights
from onduty_desk.process.wrong_types import wrong_types

LOG_EVERY_S = 30.0
_START_IT = (
    "start Redis, and the service goes on by itself; or set ONDUTY_REDIS_URL and restart the "
    "service"
)

_log = structlog.get_logger()


class StartRefused(Exception):  # noqa: N818 - its text is shown to a person
    """The service must not start; the text says what to do."""


async def ready(
    redis: Redis,
    bot_id: str,
    *packages: str,
    and_then: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Return when the service may start; wait while Redis is away.

    The scripts of the desk, and of the packages named, are in Redis then; `and_then` is the last
    that is done, and must bear repetition.

    Raises:
        StartRefused: a wrong password, one where Redis has none set, a missing right, an old
            version, a database that does not exist, or another bot's desk.
    """
    began, logged_at = monotonic(), 0.0
    while True:
        try:
            await _check(redis, bot_id, packages)
            if and_then:
                await and_then()
        except (RedisError, OSError) as error:
            if refusal := why_refused(error):
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
                    next_step=next_step_of(error, _START_IT),
                )
            await asyncio.sleep(PAUSE_S)
        else:
            await _warn(redis)
            return


async def _check(redis: Redis, bot_id: str, packages: Iterable[str]) -> None:
    if not await redis.ping():  # it answers something else to everything
        raise NotRedis
    await use_password(redis)
    if refusal := why_too_old(await _version(redis)):
        raise StartRefused(refusal)
    await use_rights(redis, *packages)
    for package in ("onduty_desk", *packages):
        await install(redis, package)
    await script(redis, "process/now")()
    await _make_ours(redis, bot_id)


async def _wrong_types(redis: Redis) -> str:
    with suppress(RedisError, OSError):
        return "".join(f"; {key}" for key in await wrong_types(redis))
    return ""


async def _version(redis: Redis) -> str:
    return str((await redis.info("server")).get("redis_version", ""))


async def _make_ours(redis: Redis, bot_id: str) -> None:
    await redis.set(BOT, bot_id, nx=True)
    if refusal := why_another_bots(cast("str | None", await redis.get(BOT)), bot_id):
        raise StartRefused(refusal)


async def _warn(redis: Redis) -> None:
    with suppress(RedisError, OSError):  # it works on; whoever looks finds it by `onduty doctor`
        for found in await what_loses_messages(redis):
            _log.warning(found.name, reason=found.reason, next_step=found.cure)
