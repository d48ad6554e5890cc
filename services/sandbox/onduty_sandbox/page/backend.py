"""/backend/: whatever answers the parts that others add to the page, on a Unix socket.

The sandbox knows nothing of it but where it is.
"""

from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout, UnixConnector, web

ANSWERS_WITHIN_S = 15.0


class Backend:
    """Passes requests on and answers back."""

    def __init__(self, socket: Path | None) -> None:
        self._socket = socket
        self._session: ClientSession | None = None

    async def run(self, _app: web.Application) -> AsyncIterator[None]:
        """Keep connections as long as the application runs."""
        if self._socket is None:
            yield
            return
        connector = UnixConnector(str(self._socket))
        timeout = ClientTimeout(total=ANSWERS_WITHIN_S)
        async with ClientSession(connector=connector, timeout=timeout) as self._session:
            yield

    async def handle(self, request: web.Request) -> web.Response:
        """Pass one request on: 404 without a backend, 503 when it does not answer."""
        if self._session is None:
            return _trouble(404, "This page has no backend; name one with --backend.")
        url = f"http://backend/{request.match_info['path']}"
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() == "content-type" or name.lower().startswith("webhook-")
        }
        try:
            async with self._session.request(
                request.method,
                url,
                params=request.query,
                data=await request.read(),
                headers=headers,
            ) as answer:
                return web.Response(
                    status=answer.status,
                    body=await answer.read(),
                    content_type=answer.content_type,
                )
        except (ClientError, TimeoutError):
            return _trouble(503, "The backend of this page does not answer.")


def _trouble(status: int, sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=status)
