"""Intake and handling of one bot process, with a handler of the test's own."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from redis.asyncio import Redis

from onduty_bot.signing_in.phrases import Phrases
from onduty_bot.updates.handling import Handling
from onduty_bot.updates.intake import Intake
from onduty_bot.updates.setting_aside import set_aside
from onduty_bot.updates.stored import Update
from onduty_desk.process.outage import Outage
from onduty_desk.telegram.token import TokenWatch

Handle = Callable[[str], Awaitable[None]]
PHRASES = Phrases({"support": "open sesame"}, "42:token")


def written(update_id: int, chat: int, text: str = "hello") -> Update:
    return {"update_id": update_id, "message": {"chat": {"id": chat}, "text": text}}


def number(record: str) -> int:
    return int(json.loads(record)["update"]["update_id"])


class Desk:
    """Intake and handling of one process."""

    def __init__(self, redis: Redis, handle: Handle) -> None:
        self.wake, self.token = asyncio.Event(), TokenWatch()
        self.intake = Intake(redis, self.wake, PHRASES)
        self.handling = Handling(
            redis, handle, self.wake, Outage(), self.token, partial(set_aside, PHRASES)
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.handling.run())
        yield
        self.handling.stop()
        await task
