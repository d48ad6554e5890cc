"""The sandbox as an HTTP server, in a process of its own or inside a test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from onduty_sandbox.backend import Backend
from onduty_sandbox.bot_api import BotApi
from onduty_sandbox.client import Sandbox
from onduty_sandbox.clock import Clock
from onduty_sandbox.control import control_routes
from onduty_sandbox.guard import guard
from onduty_sandbox.limits import Rates
from onduty_sandbox.pages import page_routes
from onduty_sandbox.requests import LARGEST_UPLOAD_BYTES
from onduty_sandbox.restoring import kept_in
from onduty_sandbox.telegram import Telegram

# What stands around the file in a multipart body.
ENVELOPE_BYTES = 1024 * 1024
# Open polls are let go before; nothing else lasts.
SHUTDOWN_S = 0.5


def create_app(telegram: Telegram, host: str, backend: Path | None = None) -> web.Application:
    """Return the application: the Bot API, its files, the control API and the page."""
    app = web.Application(
        client_max_size=LARGEST_UPLOAD_BYTES + ENVELOPE_BYTES, middlewares=[guard(host)]
    )
    bot_api = BotApi(telegram)
    customers = Backend(backend)
    app.cleanup_ctx.append(customers.run)
    app.router.add_route("*", "/backend/{path:.*}", customers.handle)
    app.add_routes(control_routes(telegram))
    app.add_routes(page_routes())
    app.router.add_get("/file/bot{token}/{path:.+}", bot_api.download)
    app.router.add_route("*", "/{path:.*}", bot_api.handle)

    async def close(_app: web.Application) -> None:
        await telegram.close()

    app.on_shutdown.append(close)
    return app


async def start(
    telegram: Telegram, host: str, port: int, backend: Path | None = None
) -> tuple[web.AppRunner, str]:
    """Listen; returns the runner and the address, with the real port when 0 was asked for.

    Raises:
        OSError: the port is taken.
    """
    runner = web.AppRunner(
        create_app(telegram, host, backend),
        access_log=None,
        shutdown_timeout=SHUTDOWN_S,
        keepalive_timeout=75,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        raise
    bound_port: int = runner.addresses[0][1]
    shown_host = f"[{host}]" if ":" in host else host
    return runner, f"http://{shown_host}:{bound_port}"


@asynccontextmanager
async def running_sandbox(  # noqa: PLR0913 -- as many as the program has options
    tokens: list[str] | None = None,
    *,
    port: int = 0,
    rates: Rates | None = None,
    clock: Clock | None = None,
    webhook_pause_s: float = 1.0,
    state: Path | None = None,
    backend: Path | None = None,
) -> AsyncIterator[Sandbox]:
    """Run a sandbox in this process on 127.0.0.1 and give a client of it."""
    telegram = Telegram(tokens, rates, clock, webhook_pause_s)
    with kept_in(telegram, state):
        runner, address = await start(telegram, "127.0.0.1", port, backend)
        try:
            async with Sandbox(address) as sandbox:
                yield sandbox
        finally:
            await runner.cleanup()
