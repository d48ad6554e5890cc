"""Receives updates by webhook; any number of replicas may listen, each stores what it receives."""

import asyncio
import hashlib
import hmac
from contextlib import suppress
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from telegram.error import TelegramError

from onduty_bot.answering.retry import retry_until_done
from onduty_bot.updates.idle_connections import IdleConnections
from onduty_bot.updates.intake import Intake, Odd
from onduty_bot.updates.poller_lease import PollerLease
from onduty_bot.updates.stored import ALLOWED_UPDATES
from onduty_desk.metrics.figures import READING
from onduty_desk.process.listening import listen
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

NOTE_READING_EVERY_S = 5.0

_log = structlog.get_logger()


class UpdateWebhook:
    """A small HTTP server, and its registration with Telegram."""

    def __init__(  # noqa: PLR0913 - its collaborators, by name
        self,
        bot: Bot,
        intake: Intake,
        outage: Outage,
        token: TokenWatch,
        poller_lease: PollerLease,
        *,
        url: str,
        secret: str,
        host: str,
        port: int,
    ) -> None:
        self._bot = bot
        self._token = token
        self._poller_lease = poller_lease
        self._intake = intake
        self._outage = outage
        self._url = url
        self._secret = secret
        self._host = host
        self._port = port

    @property
    def trouble(self) -> str | None:
        """Nothing: while Telegram is away there is nothing to receive, and that is no trouble."""
        return None

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
                self._register,
                "webhook.not_set",
                self._token,
                if_refused="correct ONDUTY_WEBHOOK_URL, which Telegram must be able to call, and "
                "restart the bot",
            )
            READING.set(to=1)
            await self._keep_receiving()
        finally:
            READING.set(to=0)
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

    async def _register(self) -> bool:
        return await self._bot.set_webhook(
            self._url, secret_token=self._secret, allowed_updates=ALLOWED_UPDATES
        )

    async def _keep_receiving(self) -> None:
        may_be_deleted = False
        while True:
            with self._outage.reported():
                await self._intake.note_reading()
                may_be_deleted = await self._repair(may_be_deleted=may_be_deleted)
            await asyncio.sleep(NOTE_READING_EVERY_S)

    async def _repair(self, *, may_be_deleted: bool) -> bool:
        """Set the webhook again if a bot that polls may have deleted it as it began.

        One of this version steps back as soon as it sees this process. Returns whether the webhook
        may be deleted still.
        """
        is_polled = await self._poller_lease.is_held()
        if is_polled and not may_be_deleted:
            _log.warning(
                "webhook.beside_polling",
                reason="another bot of this desk polls, and may have deleted the webhook",
                next_step="set ONDUTY_WEBHOOK_URL there as here, or end it",
            )
        if is_polled or may_be_deleted:
            with suppress(TelegramError):
                await self._register()
                return is_polled
            return True
        return False

    async def _listen(
        self, runner: web.AppRunner, idle_connections: IdleConnections
    ) -> asyncio.Server:
        assert runner.server is not None  # noqa: S101 - it is set up
        server = await listen(
            idle_connections.watched(runner.server), self._host, self._port, "ONDUTY_WEBHOOK"
        )
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
