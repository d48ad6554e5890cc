"""Sets the reactions on operators' answers, beside the cards and with a budget of their own."""

import asyncio
from datetime import timedelta
from typing import Literal, assert_never

import structlog
from redis.exceptions import RedisError

from onduty_desk.process.cancellation import cancel
from onduty_desk.process.errors import place_of
from onduty_desk.process.outage import Outage
from onduty_desk.replies.reacting import Reaction, Reactions
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.outcomes import (
    Impossible,
    Later,
    Moved,
    NotTaken,
    Refused,
    Sent,
    Unauthorized,
    Unknown,
    Unreadable,
    outcome_of,
)
from onduty_desk.telegram.sending import set_reaction
from onduty_desk.telegram.token import TokenWatch
from onduty_dispatcher.replies.looking import Looking

LOOK_EVERY = timedelta(seconds=1)
MOST_IN_FLIGHT = 50
SET_WITHIN_S = 10.0
"""Shorter than the lease, so that no other process sets it meanwhile."""

AGAIN_IN = timedelta(seconds=5)

_log = structlog.get_logger()


class Showing:
    """One per process. Any number of processes set reactions concurrently."""

    def __init__(
        self, reactions: Reactions, bot: Bot, token: TokenWatch, *, outage: Outage | None = None
    ) -> None:
        self._reactions = reactions
        self._bot = bot
        self._token = token
        self._outage = outage or Outage()
        self._under_way: set[asyncio.Task[None]] = set()
        self._looking = Looking(self._look, self._outage)

    def wake(self) -> None:
        """Look at once."""
        self._looking.wake()

    async def run(self, stopping: asyncio.Event) -> None:
        """Set what is due until `stopping` is set; what is in flight then ends by its lease."""
        try:
            await self._looking.run(stopping)
        finally:
            await cancel(*self._under_way, again_after_s=0.2)

    async def _look(self) -> timedelta:
        count, broken = await self._reactions.take_reports()
        for reason in broken:
            _log.warning("report.unreadable", reason=reason)
        free = MOST_IN_FLIGHT - len(self._under_way)
        if free <= 0 or self._token.is_refused:
            return LOOK_EVERY
        due, more_in, unreadable = await self._reactions.take(free)
        for error in unreadable:
            self._outage.report(error)
        for reaction in due:
            task = asyncio.create_task(self._show(reaction))
            self._under_way.add(task)
            task.add_done_callback(self._done)
        if count:
            return timedelta(0)
        return LOOK_EVERY if more_in is None else min(more_in, LOOK_EVERY)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._looking.wake()  # a newer state may have come meanwhile
        error = None if task.cancelled() else task.exception()
        if isinstance(error, (RedisError, OSError)):
            self._outage.report(error)  # it is set again when its lease has ended
        elif error is not None:
            _log.error("reaction.broke", reason=place_of(error))

    async def _show(self, reaction: Reaction) -> None:
        try:
            async with asyncio.timeout(SET_WITHIN_S):
                outcome = await outcome_of(
                    set_reaction(self._bot, reaction.chat_id, reaction.message_id, reaction.emoji)
                )
        except TimeoutError:
            outcome = Unknown("no answer in time")
        match outcome:
            case Sent():
                await self._reactions.settle(reaction, "done")
            case Later(wait):
                await self._reactions.settle(reaction, "later", max(wait, timedelta(seconds=1)))
            case Unauthorized():  # see TokenWatch
                await self._reactions.settle(reaction, "later", AGAIN_IN)
            case NotTaken(reason):
                await self._try_again(reaction, "again", reason)
            case Unknown(reason):
                await self._try_again(reaction, "unknown", reason)
            case Refused(reason) | Impossible(reason) | Unreadable(reason):
                _log.info("reaction.impossible", chat=reaction.chat_id, reason=reason)
                await self._reactions.settle(reaction, "gone")
            case Moved():
                await self._reactions.settle(reaction, "gone")
            case _:
                assert_never(outcome)

    async def _try_again(
        self, reaction: Reaction, outcome: Literal["again", "unknown"], reason: str
    ) -> None:
        if await self._reactions.settle(reaction, outcome, AGAIN_IN):
            _log.error("reaction.given_up", chat=reaction.chat_id, reason=reason)
