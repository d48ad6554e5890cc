"""Opens Redis from the one setting that everything of Onduty shares."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from redis import Redis, Sentinel
from redis.backoff import NoBackoff
from redis.retry import Retry

SENTINEL_SCHEME = "redis+sentinel"
_RULE = (
    "use redis://host:port/db, rediss://…, unix:///path or "
    "redis+sentinel://host:port,host:port/master/db"
)

_CREDENTIALS = re.compile(r"^((?:[a-z+]+://)?).*@")


@dataclass(frozen=True)
class SentinelAddress:
    """A parsed `redis+sentinel://user:password@host:port,host:port/master/db`."""

    hosts: tuple[tuple[str, int], ...]
    master: str
    db: int
    username: str | None
    password: str | None

    @classmethod
    def parse(cls, url: str) -> Self:
        """Take the URL apart; raise `ValueError` that says what form it wants."""
        parts = urlsplit(url)
        credentials, _, hosts = parts.netloc.rpartition("@")
        username, _, password = credentials.partition(":")
        path = [segment for segment in parts.path.split("/") if segment]
        if parts.scheme != SENTINEL_SCHEME or not hosts or len(path) not in (1, 2):
            raise ValueError(_RULE)
        try:
            addresses = tuple(
                (host, int(port or 26379))
                for host, _, port in (entry.partition(":") for entry in hosts.split(","))
            )
            db = int(path[1]) if len(path) > 1 else 0
        except ValueError:
            raise ValueError(_RULE) from None
        return cls(addresses, path[0], db, unquote(username) or None, unquote(password) or None)


def check_redis_url(url: str) -> str:
    """Return the URL if `connect` can use it; raise `ValueError` with the forms it takes."""
    if url.startswith(f"{SENTINEL_SCHEME}://"):
        SentinelAddress.parse(url)
    elif not url.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError(_RULE)
    else:
        dict(parse_qsl(urlsplit(url).query, strict_parsing=bool(urlsplit(url).query)))
    return url


def without_password(url: str) -> str:
    """Return the URL as it may be shown: what stands before an @ is left out."""
    return _CREDENTIALS.sub(r"\1…@", url)


def connect(redis_url: str, *, timeout_s: float) -> Redis:
    """Return a client whose every command is answered or fails within `timeout_s`.

    One retry on a fresh connection is part of that time: a connection that a restarted server
    closed is no reason to fail. Nothing is sent yet. Raises `ValueError` for a URL of another form.
    """
    check_redis_url(redis_url)
    half = timeout_s / 2
    options = {
        "socket_timeout": half,
        "socket_connect_timeout": half,
        "retry": Retry(NoBackoff(), 1),
    }
    if not redis_url.startswith(f"{SENTINEL_SCHEME}://"):
        return Redis.from_url(redis_url, **options)
    address = SentinelAddress.parse(redis_url)
    sentinel = Sentinel(  # type: ignore[no-untyped-call]  # redis-py gives it no types
        address.hosts,
        sentinel_kwargs={"socket_timeout": half, "socket_connect_timeout": half},
        username=address.username,
        password=address.password,
        db=address.db,
        **options,
    )
    master: Redis = sentinel.master_for(address.master)  # type: ignore[no-untyped-call]
    return master
