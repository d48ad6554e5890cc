"""Lets connections go that do not say what they want: thousands of them cost nobody a place.

aiohttp gives a request as long as it likes to arrive, and a process has only so many descriptors.
"""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

HEAD_WITHIN_S = 5.0
"""From connecting until the head of a request is there."""

KEPT_FOR_S = 60.0
"""From an answer until the next head is there: Telegram, or a proxy, uses a connection again."""

MOST_SILENT = 200
"""Connections that have not asked yet, and as many that wait for their next request. One more, and
the oldest goes: who means it has asked within milliseconds."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Doors:
    """Sets a door before each connection of a server, and watches those that are silent."""

    def __init__(self) -> None:
        self._new: dict[_Door, asyncio.TimerHandle] = {}
        self._kept: dict[_Door, asyncio.TimerHandle] = {}
        self._by_transport: dict[asyncio.BaseTransport, _Door] = {}

    def before(
        self, make_protocol: Callable[[], asyncio.Protocol]
    ) -> Callable[[], asyncio.Protocol]:
        """Return what makes the protocol of a new connection, for `create_server`."""
        return lambda: _Door(make_protocol(), self._opened, self._closed)

    @web.middleware
    async def heed(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Hold a door open while its request is answered."""
        door = self._by_transport.get(request.transport) if request.transport else None
        if door is None:
            return await handler(request)
        self._asked(door)
        try:
            return await handler(request)
        finally:
            if door.transport in self._by_transport:
                self._wait(self._kept, door, KEPT_FOR_S)

    def _opened(self, door: "_Door") -> None:
        self._by_transport[door.transport] = door
        self._wait(self._new, door, HEAD_WITHIN_S)

    def _closed(self, door: "_Door") -> None:
        self._asked(door)
        self._by_transport.pop(door.transport, None)

    def _asked(self, door: "_Door") -> None:
        for silent in (self._new, self._kept):
            if (timer := silent.pop(door, None)) is not None:
                timer.cancel()

    def _wait(
        self, silent: "dict[_Door, asyncio.TimerHandle]", door: "_Door", for_s: float
    ) -> None:
        silent[door] = asyncio.get_running_loop().call_later(for_s, door.transport.abort)
        if len(silent) > MOST_SILENT:
            next(iter(silent)).transport.abort()


class _Door(asyncio.Protocol):
    """Passes everything on to the protocol behind it."""

    transport: asyncio.Transport

    def __init__(
        self,
        behind: asyncio.Protocol,
        opened: "Callable[[_Door], None]",
        closed: "Callable[[_Door], None]",
    ) -> None:
        self._behind = behind
        self._opened = opened
        self._closed = closed

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - of a TCP server
        self.transport = transport
        self._opened(self)
        self._behind.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed(self)
        self._behind.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._behind.data_received(data)

    def eof_received(self) -> bool | None:
        return self._behind.eof_received()

    def pause_writing(self) -> None:
        self._behind.pause_writing()

    def resume_writing(self) -> None:
        self._behind.resume_writing()
