"""Checks the Redis server: version, rights, what it keeps, memory, replicas."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, ResponseError

from onduty.address import RedisAddress, parse
from onduty_desk.process.redis_setup import (
    Finding,
    as_configured,
    losing,
    use_password,
    why_too_old,
)
from onduty_desk.process.rights import use_rights

MOST_MEMORY_USED = 0.9
"""Of maxmemory, or of the machine's memory: a rewrite of the append-only file needs the rest."""

REPLICA_BEHIND_S = 10
"""Redis's replicas confirm what they have each second."""

_LOOPBACK = ("127.", "::1", "localhost")


async def server_findings(redis: Redis, url: str, *, wait_replicas: int) -> list[Finding]:
    """Return what is wrong with the server, from one INFO."""
    info: dict[str, Any] = await redis.info()
    if too_old := why_too_old(str(info.get("redis_version", ""))):
        return [Finding("redis.too_old", too_old, "upgrade it; its data can stay")]
    found = [*_role(info), *_written(info), *_memory(info), *_replicas(info, wait_replicas)]
    found += await _kept(redis, info)
    if _is_open(url):
        found.append(
            Finding(
                "redis.no_password",
                "Redis is reached by network and asks for no password",
                "give it one (docs/sre.md#security): who can write to it can write to operators",
                "warning",
            )
        )
    return found


async def password_findings(redis: Redis) -> list[Finding]:
    """Log in as each service does at start: a password too many raises."""
    await use_password(redis)
    return []


async def rights_findings(redis: Redis) -> list[Finding]:
    """Use the rights as each service does at start: what is missing raises."""
    if (await redis.info("replication"))[
        "role"
    ] == "master":  # a replica would refuse what is written for it
        await use_rights(redis)
    return []


def _role(info: Mapping[str, Any]) -> Iterator[Finding]:
    if info["role"] != "master":
        cure = "point ONDUTY_REDIS_URL, or the name in it, to the master"
        yield Finding("redis.is_replica", "this Redis is a replica and takes no writes", cure)
    if info.get("cluster_enabled"):
        cure = "use a Redis that is no cluster: a single server, or behind Sentinel"
        yield Finding("redis.cluster", "this Redis is a cluster; our steps span its slots", cure)


async def _kept(redis: Redis, info: Mapping[str, Any]) -> list[Finding]:
    configured = as_configured(info)
    try:
        configured |= cast("dict[str, str]", await redis.config_get("appendfsync"))
    except (NoPermissionError, ResponseError):  # managed Redis; INFO has told the rest
        configured["appendfsync"] = "everysec"
    found = losing(configured)
    if configured.get("appendonly") == "yes" and configured["appendfsync"] == "no":
        found.append(
            Finding(
                "redis.seldom_synced",
                "appendfsync is no: a power cut loses up to half a minute",
                "CONFIG SET appendfsync everysec; write it into its configuration too",
                "warning",
            )
        )
    return found


def _written(info: Mapping[str, Any]) -> Iterator[Finding]:
    cannot = [
        name
        for name in ("aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status")
        if info.get(name, "ok") != "ok"
    ]
    if cannot:
        yield Finding(
            "redis.cannot_save",
            f"Redis could not write its files ({', '.join(cannot)})",
            "look at its disk (df) and at its log; then BGREWRITEAOF or BGSAVE",
        )


def _memory(info: Mapping[str, Any]) -> Iterator[Finding]:
    limit = info.get("maxmemory") or info.get("total_system_memory")
    used = info.get("used_memory", 0)
    if limit and used > MOST_MEMORY_USED * limit:
        yield Finding(
            "redis.memory_short",
            f"Redis uses {used / 1e6:.0f} of {limit / 1e6:.0f} MB; when they are full it takes no "
            "messages",
            "raise maxmemory, or lower ONDUTY_RETENTION_DAYS (docs/sre.md#memory)",
        )


def _replicas(info: Mapping[str, Any], wanted: int) -> Iterator[Finding]:
    replicas = [one for name, one in info.items() if _names_a_replica(name, one)]
    online = [one for one in replicas if one.get("state") == "online"]
    behind = [one for one in online if int(one.get("lag", 0)) > REPLICA_BEHIND_S]
    if len(online) - len(behind) < wanted:
        yield Finding(
            "redis.replicas_missing",
            f"ONDUTY_WAIT_REPLICAS is {wanted}, and {len(online) - len(behind)} replicas follow",
            "start the replicas, or lower ONDUTY_WAIT_REPLICAS: until then no update is confirmed",
        )
    elif len(replicas) > len(online) or behind:
        yield Finding(
            "redis.replica_behind",
            f"{len(online) - len(behind)} of {len(replicas)} replicas are up to date",
            "look at the replica's log and at its network (INFO replication)",
            "warning",
        )


def _names_a_replica(name: str, value: object) -> bool:
    return name.startswith("slave") and name[5:].isdigit() and isinstance(value, dict)


def _is_open(url: str) -> bool:
    address = parse(url)
    if not isinstance(address, RedisAddress) or address.password or not address.place.host:
        return False
    return not address.place.host.startswith(_LOOPBACK)
