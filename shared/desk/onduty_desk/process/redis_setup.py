"""What is wrong with how Redis is set up: read by each service at start and by `onduty doctor`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError

from onduty.refusals import OPEN_TO_ALL, has_no_password_set

OLDEST = (7, 0)
"""Before Redis 7.0, an error caught inside a script has no error code."""

RIGHTS = (
    "the Redis user needs ~onduty:* ~rq:* &onduty:* +@all -@dangerous +info, or the least "
    "rights of deploy/redis/users.acl"
)


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, and its cure."""

    name: str
    """As log events are named; it does not change, so scripts can match it."""
    reason: str
    cure: str
    severity: Literal["error", "warning"] = "error"
    """A warning: the desk works, and somebody should look."""


def why_refused(error: BaseException) -> str | None:
    """Return what to correct if Redis's answer will not change by itself; None if it may."""
    causes = tuple(_causes(error))
    texts = " ".join(str(cause) for cause in causes)
    if has_no_password_set(texts):
        return f"{OPEN_TO_ALL}; take it out of ONDUTY_REDIS_URL, or set it in Redis (requirepass)"
    if any(isinstance(cause, AuthenticationError) for cause in causes) or "WRONGPASS" in texts:
        return "Redis refuses the user name or password; correct it in ONDUTY_REDIS_URL"
    if "DB index is out of range" in texts or "Invalid Database" in texts:
        return "Redis has no database of this number; name another in ONDUTY_REDIS_URL"
    if any(isinstance(cause, NoPermissionError) for cause in causes):
        return f"Redis refuses a right that the desk needs ({error}); {RIGHTS}"
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


async def use_password(redis: Redis) -> None:
    """Log in as a chat backend does; raises what `why_refused` knows.

    By redis-py's HELLO, with which each connection logs in, a Redis without a password takes any:
    it would seem to be protected. Connections go on with that, so that no service ends while it
    works because somebody has taken the password out of Redis.
    """
    given = redis.connection_pool.connection_kwargs
    if (password := given.get("password")) and not given.get("username"):
        await redis.execute_command("AUTH", password)  # type: ignore[no-untyped-call]  # redis-py gives it no types


def why_too_old(version: str) -> str | None:
    """Return why a server of this version cannot be used; None if it can."""
    if is_too_old(version):
        return f"Redis is {version}; the desk needs Redis 7.0, Valkey 7.2, or newer"
    return None


def is_too_old(version: str) -> bool:
    """Whether a server of this version is too old; a version that cannot be parsed is not."""
    numbers = [int(part) for part in version.split(".")[:2] if part.isdigit()]
    return bool(numbers) and tuple(numbers) < OLDEST


def why_another_bots(owner: str | None, bot_id: str) -> str | None:
    """Return why this bot must not work on a desk of this owner; None if it may."""
    if owner in {None, bot_id}:
        return None
    return (
        f"this Redis holds the desk of bot {owner}, and ONDUTY_BOT_TOKEN is that of bot "
        f"{bot_id}; name another database in ONDUTY_REDIS_URL, or, if the desk is to be this "
        f"bot's from now on, run: onduty adopt {bot_id}"
    )


async def what_loses_messages(redis: Redis) -> list[Finding]:
    """Return the settings of Redis that can lose messages, as far as INFO tells them."""
    return losing(as_configured(await redis.info()))


def as_configured(info: Mapping[str, object]) -> dict[str, str]:
    """Read these settings from INFO: whoever may read CONFIG reads passwords in it."""
    found = {}
    if "maxmemory_policy" in info:
        found["maxmemory-policy"] = str(info["maxmemory_policy"])
    if "aof_enabled" in info:
        found["appendonly"] = "yes" if info["aof_enabled"] else "no"
    return found


def losing(configured: Mapping[str, str]) -> list[Finding]:
    """Return which of these settings can lose messages."""
    findings = []
    if not {"maxmemory-policy", "appendonly"} <= configured.keys():
        findings.append(
            Finding(
                "redis.config_unreadable",
                "INFO does not say whether Redis evicts, and whether it keeps a file",
                "make sure that Redis has appendonly yes and maxmemory-policy noeviction",
                "warning",
            )
        )
    if configured.get("maxmemory-policy", "noeviction") != "noeviction":
        findings.append(
            Finding(
                "redis.evicts",
                f"maxmemory-policy is {configured['maxmemory-policy']}: accepted messages get lost",
                "CONFIG SET maxmemory-policy noeviction; write it into its configuration too",
            )
        )
    if configured.get("appendonly", "yes") != "yes":
        findings.append(
            Finding(
                "redis.keeps_nothing",
                "appendonly is no: what was accepted last is lost when Redis ends",
                "CONFIG SET appendonly yes; write it into its configuration too",
            )
        )
    return findings
