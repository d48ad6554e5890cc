"""Opens Redis for the desk's processes; connections turn Redis's own state into `CannotNow`.

What is no Redis becomes `NotRedis`: redis-py's parser raises `InvalidResponse`, or without hiredis
a plain `ValueError`, which nobody would take for an outage.
"""

from typing import Any

from redis import Redis as BlockingRedis
from redis.asyncio import BlockingConnectionPool, Redis, Sentinel
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.connection import AbstractConnection as AbstractBlockingConnection
from redis.driver_info import DriverInfo
from redis.exceptions import InvalidResponse, ResponseError

from onduty.address import SentinelAddress, parse
from onduty.connection import connect as connect_client
from onduty_desk.process.redis_away import NotRedis, as_cannot_now

CONNECTIONS = 32
"""Of one process; a caller that finds none free waits for one."""

_DRIVER = DriverInfo()
"""For each connection redis-py would read its own version from a file anew: 5 ms, in the loop."""

TIMEOUT_S = 5.0
"""Without a time-out, a frozen Redis would block a client for ever."""


def connect(redis_url: str) -> Redis:
    """Return an asyncio client; nothing is sent yet. Raises `ValueError` for an unknown form.

    Every reply is `str`, which redis-py's types cannot express: hence the casts where replies are
    read. Bytes that are no UTF-8, which another program has written, are read as "�": an error
    would end the loop that reads them, in every process, each time.
    """
    address = parse(redis_url)
    options: dict[str, Any] = {
        "socket_timeout": TIMEOUT_S,
        "socket_connect_timeout": TIMEOUT_S,
        "retry": Retry(NoBackoff(), 1),
        "decode_responses": True,
        "encoding_errors": "replace",
        "driver_info": _DRIVER,
    }
    if not isinstance(address, SentinelAddress):
        pool = BlockingConnectionPool.from_url(redis_url, max_connections=CONNECTIONS, **options)
        pool.connection_class = _heeding(pool.connection_class)
        return Redis.from_pool(pool)
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
    behind = master.connection_pool
    behind.connection_class = _heeding(behind.connection_class)
    return master


def connect_blocking(redis_url: str) -> BlockingRedis:
    """Return a blocking client, for RQ; its errors are the same as those of `connect`."""
    client = connect_client(redis_url, timeout_s=2 * TIMEOUT_S)
    pool = client.connection_pool
    pool.connection_kwargs["driver_info"] = _DRIVER
    pool.connection_class = type(
        "Heeding", (_HeedingBlocking, pool.connection_class), {"__doc__": None}
    )
    return client


def _heeding(kind: type[AbstractConnection]) -> type[AbstractConnection]:
    return type("Heeding", (_Heeding, kind), {"__doc__": None})


class _Heeding(AbstractConnection):
    """Raises `CannotNow`, for which redis-py drops the connection and retries once."""

    async def read_response(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return await super().read_response(*args, **kwargs)
        except ResponseError as error:
            if (cannot_now := as_cannot_now(error)) is not None:
                raise cannot_now from error
            raise
        except (InvalidResponse, ValueError):
            raise NotRedis(_place(self)) from None


class _HeedingBlocking(AbstractBlockingConnection):
    """The same for blocking connections."""

    def read_response(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().read_response(*args, **kwargs)
        except ResponseError as error:
            if (cannot_now := as_cannot_now(error)) is not None:
                raise cannot_now from error
            raise
        except (InvalidResponse, ValueError):
            raise NotRedis(_place(self)) from None


def _place(connection: AbstractConnection | AbstractBlockingConnection) -> str:
    at = dict(connection.repr_pieces())  # type: ignore[no-untyped-call]  # redis-py gives it no types
    return at["path"] if "path" in at else f"{at['host']}:{at['port']}"


class _BehindSentinel(Redis):
    """Closes the connections to the sentinels too, which redis-py leaves open."""

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001 - redis-py's
        await super().aclose(close_connection_pool)
        for sentinel in self.connection_pool.sentinel_manager.sentinels:  # type: ignore[attr-defined]
            await sentinel.aclose()
