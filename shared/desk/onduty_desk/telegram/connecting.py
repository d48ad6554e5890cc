"""Opens connections to Telegram, direct or by a proxy, and records when a request has one."""

from contextvars import ContextVar

import aiohttp
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from yarl import URL

from onduty_desk.telegram.proxy import SOCKS

KEEP_S = 60


class Progress:
    """The progress of a request."""

    is_connected = False


progress_of_request = ContextVar[Progress]("progress_of_request")
"""For the request of the current task."""


class NotingConnector(aiohttp.TCPConnector):
    """Records when a request has its connection: before that, it is certainly not taken.

    Host not found, refused, TLS, a proxy that refuses the tunnel, a time-out in any of these:
    aiohttp has an exception for each, but raises some of them for a lost answer too.
    """

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - the signature is aiohttp's
    ) -> Connection:
        """Return a connection, new or from the pool."""
        connection = await super().connect(req, traces, timeout)
        progress_of_request.get().is_connected = True
        return connection


def open_session(proxy: URL | None, user_agent: str) -> aiohttp.ClientSession:
    """Return a client without a limit of connections; call it in an event loop."""
    return aiohttp.ClientSession(
        connector=_connector(proxy),
        proxy=proxy if proxy and proxy.scheme not in SOCKS else None,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,  # read once, at start: see proxy.py
        headers={"User-Agent": user_agent},
    )


def _connector(proxy: URL | None) -> aiohttp.TCPConnector:
    if proxy is None or proxy.scheme not in SOCKS:
        return NotingConnector(limit=0, keepalive_timeout=KEEP_S)
    from aiohttp_socks import ProxyConnector  # noqa: PLC0415 - an extra

    class NotingSocksConnector(NotingConnector, ProxyConnector):
        """Both."""

    connector: aiohttp.TCPConnector = NotingSocksConnector.from_url(
        str(proxy), limit=0, keepalive_timeout=KEEP_S
    )
    return connector
