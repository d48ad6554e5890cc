"""The sandbox as an HTTP server, in a process of its own or inside a test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from aiohttp import web

from onduty_sandbox.bot_api.http import BotApi
from onduty_sandbox.bot_api.limits import Rates
from onduty_sandbox.bot_api.requests import LARGEST_UPLOAD_BYTES
from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.client import Sandbox
from onduty_sandbox.control import control_routes
from onduty_sandbox.faults.bad_answers import LOOP_PATH, redirect_again
from onduty_sandbox.page.backend import Backend
from onduty_sandbox.page.guard import guard
from onduty_sandbox.page.serving import page_routes
from onduty_sandbox.people.strangers import Strangers
from onduty_sandbox.settings import PageAddition
from onduty_sandbox.state.restoring import kept_in
from onduty_sandbox.world.clock import Clock

# What stands around the file in a multipart body.
ENVELOPE_BYTES = 1024 * 1024
# Open polls are let go before; nothing else lasts.
SHUTDOWN_S = 0.5
KEEP_ALIVE_S = 75


def create_app(telegram: Telegram, host: str, addition: PageAddition) -> web.Application:
    """Return the application: the Bot API, its files, the control API and the page."""
    app = web.Application(
        client_max_size=LARGEST_UPLOAD_BYTES + ENVELOPE_BYTES, middlewares=[guard(host)]
    )
    backend = Backend(addition.backend)
    app.cleanup_ctx.append(backend.run)
    app.cleanup_ctx.append(partial(_ending_faults, telegram))
    app.router.add_route("*", "/backend/{path:.*}", backend.handle)
    strangers = Strangers(telegram)
    app.add_routes(control_routes(telegram, strangers))
    app.add_routes(page_routes(addition.parts))
    _add_bot_api(app, telegram)

    async def close(_app: web.Application) -> None:
        await strangers.stop()
        await telegram.close()

    app.on_shutdown.append(close)
    return app


def _add_bot_api(app: web.Application, telegram: Telegram) -> None:
    bot_api = BotApi(telegram)
    app.router.add_route("*", f"{LOOP_PATH}/{{path:.*}}", redirect_again)
    app.router.add_get("/file/bot{token}/{path:.+}", bot_api.download)
    app.router.add_route("*", "/{path:.*}", bot_api.handle)


async def _ending_faults(telegram: Telegram, _app: web.Application) -> AsyncIterator[None]:
    ending = asyncio.create_task(telegram.end_faults_in_time())
    yield
    ending.cancel()
    with suppress(asyncio.CancelledError):
        await ending


async def open_door(telegram: Telegram, host: str, port: int) -> str:
    """Serve bots at a port of their own too, which a fault can close; returns its address.

    Raises:
        OSError: the port is taken.
    """
    app = web.Application(client_max_size=LARGEST_UPLOAD_BYTES + ENVELOPE_BYTES)
    _add_bot_api(app, telegram)
    runner = web.AppRunner(
        app, access_log=None, shutdown_timeout=SHUTDOWN_S, keepalive_timeout=KEEP_ALIVE_S
    )
    await runner.setup()
    try:
        await telegram.door.serve(runner, host, port)
    except OSError:
        await runner.cleanup()
        raise
    # An outage of an earlier run goes on.
    await telegram.door.set_open(is_open=not telegram.faults.nothing_listens())
    return str(telegram.door.url)


async def start(
    telegram: Telegram, host: str, port: int, addition: PageAddition | None = None
) -> tuple[web.AppRunner, str]:
    """Listen; returns the runner and the address, with the real port when 0 was asked for.

    Raises:
        OSError: the port is taken.
    """
    runner = web.AppRunner(
        create_app(telegram, host, addition or PageAddition()),
        access_log=None,
        shutdown_timeout=SHUTDOWN_S,
        keepalive_timeout=KEEP_ALIVE_S,
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
async def running_sandbox(  # noqa: PLR0913 - as many as the program has options
    tokens: list[str] | None = None,
    *,
    port: int = 0,
    rates: Rates | None = None,
    clock: Clock | None = None,
    webhook_pause_s: float = 1.0,
    state: Path | None = None,
    addition: PageAddition | None = None,
) -> AsyncIterator[Sandbox]:
    """Run a sandbox in this process on 127.0.0.1 and give a client of it."""
    telegram = Telegram(tokens, rates, clock, webhook_pause_s)
    with kept_in(telegram, state):
        runner, address = await start(telegram, "127.0.0.1", port, addition)
        try:
            door = await open_door(telegram, "127.0.0.1", 0)
            async with Sandbox(address, door) as sandbox:
                yield sandbox
        finally:
            await telegram.close()
            await telegram.door.close()
            await runner.cleanup()
