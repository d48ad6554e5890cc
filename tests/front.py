"""Stands between a service and the sandbox, and says which bot tokens are good."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ssl import SSLContext

import aiohttp
from aiohttp import web

from onduty_sandbox.client import Sandbox

UNAUTHORIZED = {"ok": False, "error_code": 401, "description": "Unauthorized"}


@dataclass
class Front:
    """Passes requests with a good token on, as those of the sandbox's own bot."""

    sandbox: Sandbox
    own: str
    good: set[str]
    client: aiohttp.ClientSession
    bad_methods: set[str] = field(default_factory=set)
    """Refused with a token that is good."""
    url: str = ""
    refused: list[str] = field(default_factory=list)
    """The methods that were refused."""

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        token, method = request.match_info["token"], request.match_info["method"]
        if token not in self.good or method in self.bad_methods:
            self.refused.append(method)
            return web.json_response(UNAUTHORIZED, status=401)
        with suppress(aiohttp.ClientError):
            async with self.client.post(
                f"{self.sandbox.base_url}/bot{self.own}/{method}",
                data=await request.read(),
                headers={"Content-Type": request.content_type},
            ) as answer:
                body = await answer.read()
                return web.Response(
                    status=answer.status, body=body, content_type="application/json"
                )
        return web.Response(status=502)


@asynccontextmanager
async def fronting(
    sandbox: Sandbox, good: set[str], tls: SSLContext | None = None
) -> AsyncIterator[Front]:
    """Run one; the first of the good tokens is the sandbox's own."""
    application = web.Application()
    async with aiohttp.ClientSession() as client:
        front = Front(sandbox, next(iter(good)), set(good), client)
        application.router.add_post("/bot{token}/{method}", front.pass_on)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
            await site.start()
            host, port = runner.addresses[0]
            front.url = f"{'https' if tls else 'http'}://{host}:{port}"
            yield front
        finally:
            await runner.cleanup()
