"""Telegram calls us: any number of replicas may listen, each stores what it is given."""

import asyncio
import hashlib
import hmac
import json
from typing import cast
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from redis.exceptions import RedisError

from onduty_bot.insisting import insist
from onduty_bot.intake import Intake, Odd
from onduty_bot.outage import Outage
from onduty_bot.stored import ALLOWED_UPDATES
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.token import TokenWatch

LARGEST_BODY = 1024 * 1024
"""Bytes; an update is a few kilobytes."""

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
_FINISH_WITHIN_S = 2.0
_HEARD_EVERY_S = 5.0
_MEND_REDIS = "mend what the reason says; Telegram repeats the update"

_log = structlog.get_logger()


class PortTaken(Exception):  # noqa: N818 - it is told to a person, not handled
    """The webhook's port cannot be listened on; the text says what to do."""


class Webhook:
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
        port: int,
    ) -> None:
        self._bot = bot
        self._token = token
        self._intake = intake
        self._outage = outage
        self._url = url
        self._secret = secret
        self._port = port

    async def run(self) -> None:
        """Listen until cancelled; requests under way are answered first.

        Raises:
            PortTaken: something else listens there.
        """
        application = web.Application(client_max_size=LARGEST_BODY)
        application.router.add_post(urlsplit(self._url).path or "/", self._take)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=_FINISH_WITHIN_S)
        await runner.setup()
        try:
            await self._listen(runner)
            await insist(
                lambda: self._bot.set_webhook(
                    self._url, secret_token=self._secret, allowed_updates=ALLOWED_UPDATES
                ),
                "webhook.not_set",
                self._token,
            )
            await self._tell_that_we_listen()
        finally:
            await runner.cleanup()

    async def _tell_that_we_listen(self) -> None:
        while True:
            try:
                await self._intake.heard()
            except (RedisError, OSError) as error:
                self._outage.began(error)
            await asyncio.sleep(_HEARD_EVERY_S)

    async def _listen(self, runner: web.AppRunner) -> None:
        try:
            await web.TCPSite(runner, port=self._port).start()
        except OSError as error:
            raise PortTaken(
                f"Port {self._port} cannot be listened on ({error.strerror}); "
                "stop what uses it, or set ONDUTY_WEBHOOK_PORT to another"
            ) from error
        _log.info("webhook.listening", addresses=[str(address) for address in runner.addresses])

    async def _take(self, request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._secret.encode()):
            return web.Response(status=403)
        body = await request.read()  # over the limit aiohttp answers 413
        try:
            await self._intake.store([_update(body)])
        except (RedisError, OSError) as error:
            self._outage.began(error)
            return web.Response(status=503)  # Telegram repeats it
        return web.Response()


def _update(body: bytes) -> object:
    """Read an update; what is none is confirmed like one, or Telegram repeats it for ever."""
    try:
        return cast("object", json.loads(body))
    except (ValueError, RecursionError) as error:
        seen = hashlib.sha256(body).hexdigest()[:12]
        return Odd(f"it is no readable JSON ({type(error).__name__})", seen=seen)
