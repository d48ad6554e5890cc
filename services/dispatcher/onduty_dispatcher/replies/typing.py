"""Shows owners that their customers are writing: at once, or not at all."""

import asyncio
from contextlib import suppress

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty_desk.model.trace_keys import TYPING
from onduty_desk.process.cancellation import cancel
from onduty_desk.process.errors import place_of
from onduty_desk.process.outage import Outage
from onduty_desk.process.redis_away import PAUSE_S
from onduty_desk.replies.typing import Typing
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.outcomes import Later, outcome_of
from onduty_desk.telegram.sending import show_typing
from onduty_desk.telegram.token import TokenWatch

MOST_IN_FLIGHT = 20
"""More is dropped: what comes late is not true any more."""

SHOWN_WITHIN_S = 4.0

_PUBLISH_UTF_8 = "have backends publish the conversation's id as UTF-8"

_log = structlog.get_logger()


class ShowingTyping:
    """One per process; of several that hear of the same one shows it."""

    def __init__(
        self, redis: Redis, typing: Typing, bot: Bot, token: TokenWatch, outage: Outage
    ) -> None:
        self._redis = redis
        self._typing = typing
        self._bot = bot
        self._token = token
        self._outage = outage
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Show it until `stopping` is set; after an outage it subscribes again.

        So it does after bytes that are no text: the connection cannot be read on behind them.
        """
        try:
            while not stopping.is_set():
                try:
                    with self._outage.reported():
                        await self._listen(stopping)
                except UnicodeDecodeError:
                    _log.warning("typing.not_text", next_step=_PUBLISH_UTF_8)
                with suppress(TimeoutError):
                    async with asyncio.timeout(PAUSE_S):
                        await stopping.wait()
        finally:
            await cancel(*self._under_way, again_after_s=0.2)

    async def _listen(self, stopping: asyncio.Event) -> None:
        async with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(TYPING)
            while not stopping.is_set() and not self._outage.is_on:
                heard = await channel.get_message(timeout=PAUSE_S)
                is_room = len(self._under_way) < MOST_IN_FLIGHT and not self._token.is_refused
                if heard is not None and is_room:
                    task = asyncio.create_task(self._show(str(heard["data"])))
                    self._under_way.add(task)
                    task.add_done_callback(self._done)

    async def _show(self, conversation_id: str) -> None:
        shown = await self._typing.take(conversation_id)
        if shown is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(SHOWN_WITHIN_S):
                outcome = await outcome_of(show_typing(self._bot, shown.send_to, shown.thread))
                if isinstance(outcome, Later):
                    await self._typing.hold(shown, outcome.wait)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, (RedisError, OSError)):
            self._outage.report(error)
        elif error is not None:
            _log.error("typing.broke", reason=place_of(error))
