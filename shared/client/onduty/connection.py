"""Opens a blocking Redis client for the desk and tests; `SupportDesk` uses `redis_client.py`."""

from typing import Any

from redis import Redis, Sentinel
from redis.backoff import NoBackoff
from redis.retry import Retry

from onduty.address import (
    SENTINEL_SCHEME,
    SentinelAddress,
    check_redis_url,
    parse,
    without_password,
)

__all__ = ["SENTINEL_SCHEME", "SentinelAddress", "check_redis_url", "connect", "without_password"]


def connect(redis_url: str, *, timeout_s: float) -> Redis:
    """Return a client whose every command succeeds or fails within `timeout_s`.

    That includes one retry on a new connection, because a restarted server closes the old one.
    Nothing is sent yet. Raises `ValueError` for a URL of another form.
    """
    address = parse(redis_url)
    half = timeout_s / 2
    options: dict[str, Any] = {
        "socket_timeout": half,
        "socket_connect_timeout": half,
        "retry": Retry(NoBackoff(), 1),
    }
    if not isinstance(address, SentinelAddress):
        return Redis.from_url(redis_url, **options)
    sentinel = Sentinel(  # type: ignore[no-untyped-call]  # redis-py gives it no types
        address.hosts,
        sentinel_kwargs={
            "socket_timeout": half,
            "socket_connect_timeout": half,
            **address.sentinel_options(),
        },
        **address.master_options(),
        **options,
    )
    master: Redis = sentinel.master_for(address.master)  # type: ignore[no-untyped-call]
    return master
