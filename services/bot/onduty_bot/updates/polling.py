"""Reads updates by long polling: each batch is stored, then confirmed by the next request."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic

import structlog
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from onduty_bot.answering.retry import retry_until_done
from onduty_bot.updates.intake import Intake, Odd
from onduty_bot.updates.poller_lease import PollerLease
from onduty_bot.updates.reading import read_updates
from onduty_bot.updates.stored import update_id_of
from onduty_desk.metrics.figures import CONFLICTS, READING
from onduty_desk.process.cancellation import cancel
from onduty_desk.process.outage import Outage
from onduty_desk.process.readiness import Loops
from onduty_desk.process.redis_away import PAUSE_S
from onduty_desk.telegram.bot import IF_IT_LASTS, Bot
from onduty_desk.telegram.outcomes import as_timedelta
from onduty_desk.telegram.token import TokenWatch

_TAKE_OVER_EVERY_S = 1.0
_LONGEST_PAUSE_S = 10.0
"""The same as that of `Reachability`: after an outage taps work as soon as cards come."""

CONFLICT_PAUSE_S = 5.0
"""Each getUpdates ends the one of the other reader: without a pause neither would read anything."""

_UNCONFIRMED_PAUSE_S = 5.0

_TOGETHER_S = 0.01
"""After a batch: it is handled before the next request is made, and what comes meanwhile is one
batch. A request costs as much of the processor as half an answer to a customer."""

HEARD_WITHIN_S = 60.0
"""A bot that reads and has not heard Telegram for longer is not ready."""

_log = structlog.get_logger()


class Polling:
    """Waits for the lease, then reads until it is lost, or the token is refused."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it works with
        self,
        bot: Bot,
        lease: PollerLease,
        intake: Intake,
        outage: Outage,
        token: TokenWatch,
        why_not_poll: Callable[[], Awaitable[str | None]],
        loops: Loops,
    ) -> None:
        self._bot = bot
        self._token = token
        self._lease = lease
        self._intake = intake
        self._outage = outage
        self._why_not_poll = why_not_poll
        self._loops = loops
        self._stays_away: str | None = None
        self._is_reading = self._is_in_conflict = False
        self._heard_at: float | None = None

    @property
    def trouble(self) -> str | None:
        """Why the process that reads does not get updates; None for one that waits to read."""
        if not self._is_reading:
            return self._stays_away
        if self._is_in_conflict:
            return "another program reads updates with this token, or a webhook is set (409)"
        if self._heard_at is None or monotonic() - self._heard_at > HEARD_WITHIN_S:
            return "Telegram has not answered getUpdates for a minute"
        return None

    async def run(self) -> None:
        """Read until cancelled; then the lease is released."""
        try:
            while True:
                if self._token.is_refused:  # that is the reason told; nothing is stuck
                    self._loops.ended("reading")
                    await self._token.wait_until_good()
                self._loops.turned("reading")
                with self._outage.reported():
                    if await self._may_read() and await self._lease.take():
                        await self._read_while_held()
                await asyncio.sleep(_TAKE_OVER_EVERY_S)
        finally:
            await self._lease.release()

    async def _may_read(self) -> bool:
        before, self._stays_away = self._stays_away, await self._why_not_poll()
        if self._stays_away and not before:
            _log.error("polling.beside_webhook", reason=self._stays_away)
        return self._stays_away is None

    async def _read_while_held(self) -> None:
        _log.info("polling.began")
        self._is_reading, self._is_in_conflict, self._heard_at = True, False, None
        READING.set(to=1)
        reading = asyncio.create_task(self._read())
        keeping = asyncio.create_task(self._lease.keep())
        refused = asyncio.create_task(self._token.wait_until_refused())
        try:
            await asyncio.wait((reading, keeping, refused), return_when=asyncio.FIRST_COMPLETED)
            is_refused = self._token.is_refused
        finally:
            await cancel(reading, keeping, refused, again_after_s=0.2)
            self._is_reading = False
            READING.set(to=0)
        for task in (reading, keeping):
            if not task.cancelled():
                task.result()
        if is_refused or self._stays_away:
            await self._lease.release()  # another bot process may have a good token
        else:
            _log.warning("polling.lease_lost")

    async def _read(self) -> None:
        await retry_until_done(
            lambda: self._bot.delete_webhook(drop_pending_updates=False),
            "webhook.not_deleted",
            self._token,
            if_refused="restart the bot: it gets no updates while a webhook is set",
        )
        self._heard_at = monotonic()
        offset, pause_s = None, 0.0
        while True:
            self._loops.turned("reading")
            try:
                updates = await read_updates(self._bot, offset)
            except Conflict as error:
                CONFLICTS.add()
                if not self._is_in_conflict:
                    _log.error(
                        "polling.conflict",
                        reason=error.message,
                        next_step="another program uses this token, or a webhook is set: stop it",
                    )
                self._is_in_conflict = True
                if not await self._may_read():
                    return
                pause_s = min(max(pause_s * 2, CONFLICT_PAUSE_S), _LONGEST_PAUSE_S)
            except RetryAfter as error:
                pause_s = as_timedelta(error.retry_after).total_seconds()
            except InvalidToken:
                await self._token.wait_until_good()  # `_read_while_held` ends this before
            except TelegramError as error:  # the next request may succeed
                if not pause_s:
                    _log.warning(
                        "polling.telegram_away", reason=error.message, next_step=IF_IT_LASTS
                    )
                pause_s = min(max(pause_s * 2, 0.5), _LONGEST_PAUSE_S)
            else:
                self._heard_at, self._is_in_conflict = monotonic(), False
                await self._store(updates)
                offset, pause_s = _confirming(updates, offset)
            self._loops.turned("reading", rests_s=pause_s)
            await asyncio.sleep(pause_s)

    async def _store(self, updates: Sequence[object]) -> None:
        while True:
            self._loops.turned("reading")
            with self._outage.reported():
                await self._intake.store(updates)
                await self._intake.note_reading()
                break
            await asyncio.sleep(PAUSE_S)
        if updates:
            await asyncio.sleep(_TOGETHER_S)


def _confirming(updates: Sequence[object], offset: int | None) -> tuple[int | None, float]:
    """Return the offset that confirms a batch, and the pause before the next request."""
    found = (one.update_id if isinstance(one, Odd) else update_id_of(one) for one in updates)
    ids = [update_id for update_id in found if update_id is not None]
    if ids:
        return max(ids) + 1, 0.0
    # What has no id cannot be confirmed, so Telegram sends it again at once.
    return offset, _UNCONFIRMED_PAUSE_S if updates else 0.0
