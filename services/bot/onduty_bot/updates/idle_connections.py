"""Closes connections of the webhook that send no request, so that they use up no file descriptors.

aiohttp itself has no time-out for the head of a request.
"""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

HEAD_WITHIN_S = 5.0
"""From connecting until the head of a request has arrived."""

KEPT_FOR_S = 60.0
"""From a response until the next head has arrived: Telegram, or a proxy, reuses connections."""

MOST_IDLE = 200
"""New connections without a request yet, and as many kept ones between two requests. Beyond it the
oldest is closed: a real client sends its request within milliseconds."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class IdleConnections:
    """Watches each connection of a server, and closes those that stay idle."""

    def __init__(self) -> None:
        self._new: dict[_Connection, asyncio.TimerHandle] = {}
        self._kept: dict[_Connection, asyncio.TimerHandle] = {}
        self._by_transport: dict[asyncio.BaseTransport, _Connection] = {}

    def watched(
        self, make_protocol: Callable[[], asyncio.Protocol]
    ) -> Callable[[], asyncio.Protocol]:
        """Return a protocol factory whose connections are watched, for `create_server`."""
        return lambda: _Connection(make_protocol(), self._opened, self._closed)

    @web.middleware
    async def keep_open(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Stop the timers of a connection while its request is handled."""
        connection = self._by_transport.get(request.transport) if request.transport else None
        if connection is None:
            return await handler(request)
        self._stop_timers(connection)
        try:
            return await handler(request)
        finally:
            if connection.transport in self._by_transport:
                self._wait(self._kept, connection, KEPT_FOR_S)

    def _opened(self, connection: "_Connection") -> None:
        self._by_transport[connection.transport] = connection
        self._wait(self._new, connection, HEAD_WITHIN_S)

    def _closed(self, connection: "_Connection") -> None:
        self._stop_timers(connection)
        self._by_transport.pop(connection.transport, None)

    def _stop_timers(self, connection: "_Connection") -> None:
        for idle in (self._new, self._kept):
            if (timer := idle.pop(connection, None)) is not None:
                timer.cancel()

    def _wait(
        self,
        idle: "dict[_Connection, asyncio.TimerHandle]",
        connection: "_Connection",
        for_s: float,
    ) -> None:
        idle[connection] = asyncio.get_running_loop().call_later(for_s, connection.transport.abort)
        if len(idle) > MOST_IDLE:
            next(iter(idle)).transport.abort()


class _Connection(asyncio.Protocol):
    """Reports its beginning and end, and passes everything on to the wrapped protocol."""

    transport: asyncio.Transport

    def __init__(
        self,
        wrapped: asyncio.Protocol,
        opened: "Callable[[_Connection], None]",
        closed: "Callable[[_Connection], None]",
    ) -> None:
        self._wrapped = wrapped
        self._opened = opened
        self._closed = closed

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - of a TCP server
        self.transport = transport
        self._opened(self)
        self._wrapped.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed(self)
        self._wrapped.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._wrapped.data_received(data)

    def eof_received(self) -> bool | None:
        return self._wrapped.eof_received()

    def pause_writing(self) -> None:
        self._wrapped.pause_writing()

    def resume_writing(self) -> None:
        self._wrapped.resume_writing()
