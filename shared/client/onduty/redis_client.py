"""Sends commands to the desk's Redis, with or without Sentinel, over pooled connections."""

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from redis.asyncio import (
    Connection,
    ConnectionPool,
    Redis,
    SSLConnection,
    UnixDomainSocketConnection,
)
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import MasterNotFoundError
from redis.backoff import NoBackoff
from redis.exceptions import ReadOnlyError, RedisError

from onduty.address import Place, RedisAddress, SentinelAddress
from onduty.background import BACKGROUND
from onduty.refusals import is_permanent

Command = Sequence[str | int]

MOST_AT_ONCE = 100
"""Concurrent calls of one desk and process: with 1,000 callers and 0.1 s a call, all still end in
time."""

_GIVEN_BACK_WITHIN_S = 1.0
"""A server that hangs does not answer the TLS close_notify."""

_OPTIONS: dict[str, Any] = {
    "max_connections": 2 * MOST_AT_ONCE,  # a connection may not be back in the pool yet
    "protocol": 2,
    "retry": Retry(NoBackoff(), 0),  # we retry ourselves, within the call's deadline
    "socket_connect_timeout": None,  # one deadline covers the whole call
    "socket_timeout": None,
}
_TCP_OPTIONS: dict[str, Any] = {
    "socket_keepalive": True,
    "socket_keepalive_options": {
        getattr(socket, name): value
        for name, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))
        if hasattr(socket, name)
    },
}
"""Firewalls drop idle connections silently."""


class _ResolvedInBackground:
    """Resolves the host name in our own thread; redis-py would block a shared one of the loop."""

    host: str
    port: int
    is_connected: bool

    async def connect(self) -> None:
        """Connect if that is not done yet."""
        if not self.is_connected:
            await BACKGROUND.look_up(self.host, self.port)
        await super().connect()  # type: ignore[misc]  # of redis-py's connection


class _PlainConnection(_ResolvedInBackground, Connection):
    pass


class _EncryptedConnection(_ResolvedInBackground, SSLConnection):
    """Shares one TLS context: creating one blocks the event loop for 50 ms."""

    def __init__(self, *, tls: ssl.SSLContext, **options: Any) -> None:
        super().__init__(**options)
        self.ssl_context.context = tls


class RedisClient:
    """The pooled connections of one event loop."""

    def __init__(self, address: RedisAddress | SentinelAddress, tls: ssl.SSLContext | None) -> None:
        self._address = address
        self._tls = tls
        self._sentinels = (
            [Place(*host) for host in address.hosts] if isinstance(address, SentinelAddress) else []
        )
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        self._opening = asyncio.Lock()
        self._redis: Redis | None = None
        self._answered = 0.0
        self._forgotten: dict[Redis, asyncio.Task[None]] = {}
        self._end: AsyncGenerator[None, None] | None = None

    async def execute(self, commands: Sequence[Command], until: float) -> list[Any]:
        """Send commands in one pipeline; return their replies, errors included.

        If a restarted server has closed the connection, or the server has become a replica, they
        are sent once more, so they must be idempotent. Raises `TimeoutError` or what redis-py
        raises.
        """
        if not self._end:
            self._end = self._until_the_end()
            await anext(self._end)
        async with asyncio.timeout(until - time.monotonic()), self._turns:
            try:
                replies = await self._execute(commands, until)
            except RedisError as error:
                if is_permanent(error):
                    raise
            else:
                if not _is_read_only(replies):
                    return replies
            return await self._execute(commands, until)

    async def disconnect(self) -> None:
        """Close the connections that are idle now, and each other one when it becomes idle."""
        self.disconnect_soon()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GIVEN_BACK_WITHIN_S):
                for redis in [*self._forgotten]:
                    await self._close(redis)

    def disconnect_soon(self) -> None:
        """Do the same without waiting; call it in the event loop."""
        if self._redis:
            self._forget(self._redis)

    async def _until_the_end(self) -> AsyncGenerator[None, None]:
        """Disconnect when the loop ends: `asyncio.run` closes asynchronous generators then."""
        try:
            yield
        finally:
            await self.disconnect()

    async def _execute(self, commands: Sequence[Command], until: float) -> list[Any]:
        redis = self._redis or await self._opened(until)
        began = time.monotonic()
        try:
            pipeline = redis.pipeline(transaction=False)
            for command in commands:
                pipeline.execute_command(*command)
            # Raised by redis-py, an error's text would hold the whole command, customer text too.
            replies = await pipeline.execute(raise_on_error=False)
        except BaseException:  # redis-py has closed the connection
            if self._answered < began:
                self._forget(redis)
            raise
        self._answered = time.monotonic()
        if _is_read_only(replies):
            self._forget(redis)
        if redis is not self._redis:
            self._close_soon(redis)
        return replies

    def _forget(self, redis: Redis) -> None:
        """Let the next call open new connections: on these no call gets an answer any more."""
        if redis is self._redis:
            self._redis = None
            self._close_soon(redis)

    def _close_soon(self, redis: Redis) -> None:
        self._forgotten[redis] = asyncio.ensure_future(self._close(redis))

    async def _close(self, redis: Redis) -> None:
        with contextlib.suppress(RedisError):
            await redis.connection_pool.disconnect(inuse_connections=False)
        self._forgotten.pop(redis, None)

    async def _opened(self, until: float) -> Redis:
        async with self._opening:  # one call asks the sentinels for all of them
            self._redis = self._redis or await self._open(until)
            return self._redis

    async def _open(self, until: float) -> Redis:
        address = self._address
        if isinstance(address, RedisAddress):
            place = address.place
        else:
            place = await self._find_master(address, until)
        login = {"username": address.username, "password": address.password}
        return self._redis_at(place, db=address.db, **login)

    async def _find_master(self, address: SentinelAddress, until: float) -> Place:
        """Ask one sentinel after the other, each with a share of the time that is left."""
        refusal: Exception | None = None
        trouble: Exception = TimeoutError()
        places = list(self._sentinels)
        for number, place in enumerate(places):
            share_s = (until - time.monotonic()) / (len(places) - number + 1)
            try:
                async with asyncio.timeout(share_s):
                    master = await self._master_by(place, address)
            except (RedisError, TimeoutError) as error:
                if is_permanent(error):
                    refusal = error
                else:
                    trouble = error
            else:
                self._sentinels = [place, *(other for other in places if other != place)]
                return master
        raise refusal or trouble

    async def _master_by(self, place: Place, address: SentinelAddress) -> Place:
        login = {"username": address.sentinel_username, "password": address.sentinel_password}
        sentinel = self._redis_at(place, decode_responses=True, **login)
        asked = "SENTINEL GET-MASTER-ADDR-BY-NAME", address.master
        try:
            found = await sentinel.execute_command(*asked)  # type: ignore[no-untyped-call]
        finally:
            self._close_soon(sentinel)
        if not found:
            raise MasterNotFoundError(f"the sentinels know no master {address.master!r}")
        return Place(*found)

    def _redis_at(self, place: Place, **options: Any) -> Redis:
        how: dict[str, Any] = {"host": place.host, "port": place.port, **_TCP_OPTIONS}
        if place.path:
            how = {"connection_class": UnixDomainSocketConnection, "path": place.path}
        elif self._tls:
            how |= {"connection_class": _EncryptedConnection, "tls": self._tls}
        else:
            how |= {"connection_class": _PlainConnection}
        return Redis(connection_pool=ConnectionPool(**_OPTIONS, **how, **options))


def _is_read_only(replies: Sequence[Any]) -> bool:
    return any(isinstance(reply, ReadOnlyError) for reply in replies)
