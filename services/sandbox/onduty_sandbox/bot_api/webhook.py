"""Bringing updates to the bot's own server (https://core.telegram.org/bots/api#setwebhook)."""

import asyncio
import contextlib
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout

from onduty_sandbox.bot_api.updates import Update, Updates
from onduty_sandbox.faults.waiting import Faults
from onduty_sandbox.wire.loopback import LOOPBACK
from onduty_sandbox.world.clock import Clock

# How long the bot's server may take to answer.
READ_TIMEOUT_S = 60
# Pauses double from the first up to this one.
LONGEST_PAUSE_S = 60.0
# An outage may end by a clock that a test moves.
LOOK_AGAIN_S = 0.2
SUCCESS = range(200, 300)


@dataclass(frozen=True)
class WebhookSettings:
    """What setWebhook was told."""

    url: str
    secret_token: str
    max_connections: int
    ip_address: str
    has_certificate: bool


class Webhook:
    """Posts each update until the server answers 2xx; one person's updates stay in order.

    While Telegram is away it posts nothing.
    """

    def __init__(
        self,
        settings: WebhookSettings,
        updates: Updates,
        clock: Clock,
        first_pause_s: float,
        faults: Faults,
    ) -> None:
        self.settings = settings
        self.last_error_date: int | None = None
        self.last_error_message: str | None = None
        self._updates = updates
        self._clock = clock
        self._first_pause_s = first_pause_s
        self._faults = faults
        # A server on loopback has no certificate that anyone signed.
        on_loopback = urlsplit(settings.url).hostname in LOOPBACK
        self._verifies = not on_loopback and not settings.has_certificate
        self._connections = asyncio.Semaphore(settings.max_connections)
        self._lanes: dict[int, asyncio.Task[None]] = {}
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop bringing; what was not confirmed stays in the queue."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        timeout = ClientTimeout(total=READ_TIMEOUT_S)
        async with ClientSession(timeout=timeout) as session:
            try:
                while True:
                    for lane in {update.lane for update in self._updates.pending.values()}:
                        if lane not in self._lanes:
                            self._lanes[lane] = asyncio.create_task(self._empty(lane, session))
                    await self._updates.arrived.wait()
            finally:
                lanes = list(self._lanes.values())
                for task in lanes:
                    task.cancel()
                await asyncio.gather(*lanes, return_exceptions=True)

    async def _empty(self, lane: int, session: ClientSession) -> None:
        while update := self._next_of(lane):
            await self._bring(update, session)
            self._updates.pending.pop(update.update_id, None)
        # No await between the last look and this line, so no update can be missed.
        del self._lanes[lane]

    def _next_of(self, lane: int) -> Update | None:
        self._updates.drop_expired()
        return next((it for it in self._updates.pending.values() if it.lane == lane), None)

    async def _bring(self, update: Update, session: ClientSession) -> None:
        pause_s = self._first_pause_s
        while update.update_id in self._updates.pending:
            if self._faults.telegram_is_away():
                await self._faults.changed.wait(LOOK_AGAIN_S)
                continue
            async with self._connections:
                asked_pause_s = await self._post(update, session)
            if asked_pause_s is None:
                return
            await asyncio.sleep(asked_pause_s or pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            self._updates.drop_expired()

    async def _post(self, update: Update, session: ClientSession) -> float | None:
        """Post once; None when the bot took it, else the pause it asked for (0: none)."""
        headers = {"Content-Type": "application/json"}
        if self.settings.secret_token:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.settings.secret_token
        body = json.dumps(update.body, separators=(",", ":")).encode()
        try:
            async with session.post(
                self.settings.url,
                data=body,
                headers=headers,
                allow_redirects=False,
                ssl=self._verifies,
            ) as answer:
                if answer.status in SUCCESS:
                    return None
                reason = f"Wrong response from the webhook: {answer.status} {answer.reason}"
                asked = answer.headers.get("Retry-After", "")
        except TimeoutError:
            reason, asked = "Read timeout expired", ""
        except ClientError as error:
            reason, asked = f"Connection failed: {error}", ""
        self.last_error_date = int(self._clock.epoch())
        self.last_error_message = reason
        return float(asked) if asked.isdecimal() else 0.0
