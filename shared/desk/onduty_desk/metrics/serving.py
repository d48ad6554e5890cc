"""Answers `/metrics`, `/livez` and `/readyz` on a port of this process's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiohttp import web
from redis.asyncio import Redis

from onduty_desk.metrics.counting import Service
from onduty_desk.metrics.desk_figures import DeskFigures
from onduty_desk.metrics.exposition import CONTENT_TYPE, Exposition
from onduty_desk.process.listening import listen
from onduty_desk.process.readiness import Readiness
from onduty_desk.settings import DeskSettings

_FINISH_WITHIN_S = 0.2

_log = structlog.get_logger()


@asynccontextmanager
async def observable(
    settings: DeskSettings, service: Service, redis: Redis, readiness: Readiness
) -> AsyncIterator[None]:
    """Answer for as long as it is open; without a port do nothing, with 0 take a free one.

    It is open from the first moment of a process to the last: a process that waits for Redis is
    live, and not ready.

    Raises:
        PortTaken: another program listens there.
    """
    if settings.metrics_port is None:
        yield
        return
    exposition = Exposition(
        service,
        DeskFigures(redis, settings.phrases),
        readiness,
        sends_per_second=settings.sends_per_second,
    )
    application = web.Application()

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=await exposition.text(), headers={"Content-Type": CONTENT_TYPE})

    async def live(_: web.Request) -> web.Response:
        return _answer("live", readiness.why_not_live)

    async def ready(_: web.Request) -> web.Response:
        return _answer("ready", readiness.why_not_ready)

    application.router.add_get("/metrics", metrics)
    application.router.add_get("/livez", live)
    application.router.add_get("/readyz", ready)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_FINISH_WITHIN_S)
    await runner.setup()
    try:
        assert runner.server is not None  # noqa: S101 - it is set up
        server = await listen(
            runner.server, settings.metrics_host, settings.metrics_port, "ONDUTY_METRICS"
        )
        addresses = [str(listening.getsockname()) for listening in server.sockets]
        _log.info("metrics.listening", addresses=addresses)
        try:
            yield
        finally:
            server.close()
    finally:
        await runner.cleanup()


def _answer(word: str, why_not: str | None) -> web.Response:
    if why_not is None:
        return web.Response(text=f"{word}\n")
    return web.Response(status=503, text=f"not {word}: {why_not}\n")
