"""Receives updates by webhook; any number of replicas may listen, each stores what it receives."""

import asyncio
import errno
import hashlib
import hmac
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from onduty_bot.answering.retry import retry_until_done
from onduty_bot.updates.idle_connections import IdleConnections
from onduty_bot.updates.intake import Intake, Odd
from onduty_bot.updates.stored import ALLOWED_UPDATES
from onduty_desk.process.outage import Outage
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.reading import as_far_as_it_goes
from onduty_desk.telegram.token import TokenWatch

LARGEST_BODY = 1024 * 1024
"""Bytes; an update is a few kilobytes."""

BODY_WITHIN_S = 10.0
"""From the head of a request until its body is complete."""

LIVE_PATH = "/livez"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
_FINISH_WITHIN_S = 2.0
_LINGER_S = 1.0
"""How long the rest of a refused body is read, so that its sender can read the answer."""

_NOTE_READING_EVERY_S = 5.0

_log = structlog.get_logger()


class PortTaken(Exception):  # noqa: N818 - its text is shown to a person
    """The webhook's address cannot be listened on; the text says what to do."""


class UpdateWebhook:
    """A small HTTP server, and its registration with Telegram."""

    def __init__(  # noqa: PLR0913 - its collaborators, by name
        self,
        bot: Bot,
        intake: Intake,
        outage: Outage,
        token: TokenWatch,
        *,
        url: str,
        secret: str,
        host: str,
        port: int,
    ) -> None:
        self._bot = bot
        self._token = token
        self._intake = intake
        self._outage = outage
        self._url = url
        self._secret = secret
        self._host = host
        self._port = port

    async def run(self) -> None:
        """Listen until cancelled; requests in progress are answered first.

        Raises:
            PortTaken: another program listens there.
        """
        idle_connections = IdleConnections()
        runner = web.AppRunner(
            self._application(idle_connections),
            access_log=None,
            shutdown_timeout=_FINISH_WITHIN_S,
            lingering_time=_LINGER_S,
        )
        await runner.setup()
        server: asyncio.Server | None = None
        try:
            server = await self._listen(runner, idle_connections)
            await retry_until_done(
                lambda: self._bot.set_webhook(
                    self._url, secret_token=self._secret, allowed_updates=ALLOWED_UPDATES
                ),
                "webhook.not_set",
                self._token,
            )
            await self._note_reading()
        finally:
            if server is not None:
                server.close()
            await runner.cleanup()

    def _application(self, idle_connections: IdleConnections) -> web.Application:
        application = web.Application(
            client_max_size=LARGEST_BODY, middlewares=[idle_connections.keep_open]
        )
        application.router.add_post(urlsplit(self._url).path or "/", self._take)
        application.router.add_get(LIVE_PATH, _live)
        return application

    async def _note_reading(self) -> None:
        while True:
            with self._outage.reported():
                await self._intake.note_reading()
            await asyncio.sleep(_NOTE_READING_EVERY_S)

    async def _listen(
        self, runner: web.AppRunner, idle_connections: IdleConnections
    ) -> asyncio.Server:
        assert runner.server is not None  # noqa: S101 - it is set up
        try:
            server = await asyncio.get_running_loop().create_server(
                idle_connections.watched(runner.server), self._host, self._port
            )
        except OSError as error:
            advice = "stop what uses it, or set ONDUTY_WEBHOOK_PORT to another"
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                advice = "set ONDUTY_WEBHOOK_HOST to an address of this machine, or to 0.0.0.0"
            raise PortTaken(
                f"cannot listen on {self._host}, port {self._port} ({error.strerror}); {advice}"
            ) from error
        addresses = [str(listening.getsockname()) for listening in server.sockets]
        _log.info("webhook.listening", addresses=addresses)
        return server

    async def _take(self, request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._secret.encode()):
            return web.Response(status=403)
        try:
            async with asyncio.timeout(BODY_WITHIN_S):
                body = await request.read()  # over the limit aiohttp answers 413
        except TimeoutError:
            return web.Response(status=408)
        with self._outage.reported():
            await self._intake.store([_update(body)])
            return web.Response()
        return web.Response(status=503)  # Telegram repeats it


async def _live(_: web.Request) -> web.Response:
    """Answer that this process listens; `onduty health bot` checks whether it works."""
    return web.Response(text="alive\n")


def _update(body: bytes) -> object:
    """Parse an update; anything else is confirmed too, or Telegram would repeat it for ever."""
    update = None
    with suppress(RecursionError):
        update = as_far_as_it_goes(body)
    if update is None:
        return Odd("it is no readable JSON", seen=hashlib.sha256(body).hexdigest()[:12])
    return update
