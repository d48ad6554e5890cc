"""A port of its own for bots, on which nothing listens while connections are refused."""

import socket

from aiohttp import web

from onduty_sandbox.faults.bad_answers import reset_transport


class Door:
    """Serves an application on a port that it can close, keep for itself, and open again."""

    def __init__(self) -> None:
        self.url: str | None = None
        self._runner: web.AppRunner | None = None
        self._address: tuple[str, int] = ("", 0)
        self._family = socket.AF_INET
        self._site: web.SockSite | None = None
        self._held: socket.socket | None = None

    async def serve(self, runner: web.AppRunner, host: str, port: int) -> None:
        """Open; 0 takes a free port.

        Raises:
            OSError: the port is taken.
        """
        self._runner = runner
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # Bound and never listening: it keeps the port ours while the door is closed.
        self._held = self._bound(host, port)
        self._address = self._held.getsockname()[:2]
        shown_host = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown_host}:{self._address[1]}"
        await self.set_open(is_open=True)

    async def set_open(self, *, is_open: bool) -> None:
        """Listen, or refuse every connection and throw the open ones away."""
        if self._runner is None or is_open == (self._site is not None):
            return
        if is_open:
            self._site = web.SockSite(self._runner, self._bound(*self._address))
            await self._site.start()
            return
        closing, self._site = self._site, None
        if closing is not None:
            await closing.stop()
        server = self._runner.server
        for connection in list(server.connections) if server is not None else []:
            reset_transport(connection.transport)

    async def close(self) -> None:
        """Stop for good."""
        if self._runner is not None:
            await self._runner.cleanup()
        if self._held is not None:
            self._held.close()

    def _bound(self, host: str, port: int) -> socket.socket:
        bound = socket.socket(self._family, socket.SOCK_STREAM)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((host, port))
        except OSError:
            bound.close()
            raise
        return bound
