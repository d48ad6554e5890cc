"""A chat backend on 127.0.0.1 that receives events, as the documentation tells to."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from onduty.events import Event, verify_webhook
from onduty.testing import WEBHOOK_SECRET


class ChatBackend:
    """Verifies what it gets; `answers` decides what it says: 0 cuts the connection."""

    def __init__(self) -> None:
        self.received: list[Event] = []
        self.requests = 0
        self.answers: Callable[[Event], Awaitable[int] | int] = lambda _: 204
        self.headers: dict[str, str] = {}
        self.url = ""
        self.secret: str | list[str] = WEBHOOK_SECRET
        self.user_agent = ""
        self.cookie: str | None = None

    async def handle(self, request: web.Request) -> web.Response:
        self.requests += 1
        assert request.method == "POST"
        event = verify_webhook(request.headers, await request.read(), self.secret)
        self.user_agent = request.headers["User-Agent"]
        self.cookie = request.headers.get("Cookie")
        assert request.headers["webhook-id"] == event.id
        status = self.answers(event)
        if not isinstance(status, int):
            status = await status
        if 200 <= status < 300:
            self.received.append(event)
        if status == 0:
            assert request.transport
            request.transport.abort()
        return web.Response(status=status or 500, text="trouble", headers=self.headers)

    def sequences(self, conversation: str) -> list[int]:
        return [e.sequence for e in self.received if e.conversation_id == conversation]


@asynccontextmanager
async def running_chat_backend(port: int = 0) -> AsyncIterator[ChatBackend]:
    """Serve one until the block ends, at a free port unless one is named."""
    chat = ChatBackend()
    app = web.Application()
    app.router.add_route("*", "/events", chat.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    chat.url = f"http://127.0.0.1:{runner.addresses[0][1]}/events"
    try:
        yield chat
    finally:
        await runner.cleanup()
