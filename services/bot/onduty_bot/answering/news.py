"""Tells operators what they did not ask for: each piece of news once, whichever bot does it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, TypeVar

import structlog
from redis.asyncio import Redis

from onduty_bot.answering.answers import AnswerRefused, TelegramAway
from onduty_desk.model.roster_keys import telling_key
from onduty_desk.process.outage import Outage
from onduty_desk.telegram.token import TokenWatch

_PAUSE_S = 1.0
_LEASE = timedelta(seconds=30)
"""Longer than sending one message takes; after it another process takes over from a killed one."""

_T = TypeVar("_T")
_log = structlog.get_logger()


@dataclass
class News(Generic[_T]):
    """One kind. Any number of bots may tell it; each piece is told once as far as possible."""

    what: str
    """In the log."""
    waiting: Callable[[], Awaitable[Iterable[_T]]]
    """Returns what is to be told, the oldest first."""
    name: Callable[[_T], str]
    """Of one piece: one bot at a time tells it."""
    send: Callable[[_T], Awaitable[object]]
    """Sends it; while Telegram is away it waits, and what is refused for good is logged."""
    mark_told: Callable[[_T], Awaitable[object]]
    """Takes it out of what waits."""
    _late: set[str] = field(default_factory=set)
    """What could not be told yet, and is logged: once each, however long it takes."""

    async def tell(self, redis: Redis) -> None:
        """Tell all that waits now."""
        waiting = list(await self.waiting())
        self._late &= set(map(self.name, waiting))
        for one in waiting:
            telling = telling_key(self.name(one))
            if await redis.set(telling, "1", nx=True, px=_LEASE):
                await self._tell(one)
                await redis.delete(telling)

    async def _tell(self, one: _T) -> None:
        name = self.name(one)
        try:
            await self.send(one)
        except TelegramAway as away:
            if name not in self._late:
                self._late.add(name)
                _log.warning(f"{self.what}_not_told_yet", reason=str(away))
            return
        except AnswerRefused as refused:
            _log.error(f"{self.what}_not_told", reason=str(refused))
        self._late.discard(name)
        await self.mark_told(one)


async def tell_news(redis: Redis, news: News[_T], outage: Outage, token: TokenWatch) -> None:
    """Tell it again and again; never returns."""
    while True:
        await token.wait_until_good()
        with outage.reported():
            await news.tell(redis)
        await asyncio.sleep(_PAUSE_S)
