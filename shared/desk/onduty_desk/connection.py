"""Opens Redis for the desk's own processes."""

from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis, Sentinel
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from onduty.address import SentinelAddress, parse

CONNECTIONS = 32
"""Of one process: whoever finds none free waits for one."""

TIMEOUT_S = 5.0
"""A frozen Redis hangs a client without one for ever."""


def connect(redis_url: str) -> Redis:
    """Return an asyncio client; nothing is sent yet. Raises `ValueError` for an unknown form.

    Every answer is `str`, which redis-py's types cannot say: hence the casts where answers are
    read.
    """
    address = parse(redis_url)
    options: dict[str, Any] = {
        "socket_timeout": TIMEOUT_S,
        "socket_connect_timeout": TIMEOUT_S,
        "retry": Retry(NoBackoff(), 1),
        "decode_responses": True,
    }
    if not isinstance(address, SentinelAddress):
        return Redis.from_pool(
            BlockingConnectionPool.from_url(redis_url, max_connections=CONNECTIONS, **options)
        )
    sentinel = Sentinel(  # type: ignore[no-untyped-call]  # redis-py gives it no types
        address.hosts,
        sentinel_kwargs={
            "socket_timeout": TIMEOUT_S,
            "socket_connect_timeout": TIMEOUT_S,
            **address.sentinel_options(),
        },
        **address.master_options(),
        max_connections=100 * CONNECTIONS,  # its pool cannot wait, it would raise
        **options,
    )
    master: Redis = sentinel.master_for(address.master, redis_class=_BehindSentinel)
    return master


class _BehindSentinel(Redis):
    """Closes the connections to the sentinels too, which redis-py leaves open."""

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001 - redis-py's
        await super().aclose(close_connection_pool)
        for sentinel in self.connection_pool.sentinel_manager.sentinels:  # type: ignore[attr-defined]
            await sentinel.aclose()
