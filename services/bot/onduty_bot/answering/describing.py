"""What the bot says of itself before anybody writes to it: in an empty chat, and on its profile.

A description that is already set is not set again, because Telegram limits how often that may be
done; one that a person wrote (in @BotFather) stays.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import cast

import structlog
from redis.asyncio import Redis

from onduty_bot.answering.retry import retry_until_done
from onduty_desk.model.bot_keys import DESCRIBED
from onduty_desk.process.outage import Outage
from onduty_desk.process.redis_away import PAUSE_S
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.token import TokenWatch
from onduty_desk.texts import LANGUAGES, words

_Get = Callable[[], Awaitable[str]]
_Set = Callable[[str], Awaitable[bool]]

_log = structlog.get_logger()


def description(desk_name: str, language: str) -> str:
    """Return what an empty chat shows; Telegram takes 512 characters."""
    text = words(language).gettext(
        "{name}: customers' messages come to this chat while you are on duty.\n\n"
        "Tap Start, then send /on and your team's secret phrase."
    )
    return text.format(name=desk_name)


def short_description(desk_name: str, language: str) -> str:
    """Return what the profile shows; Telegram takes 120 characters."""
    text = words(language).gettext("{name}: customers' messages for operators on duty")
    return text.format(name=desk_name)


class Describing:
    """Sets the bot's descriptions in each language; nothing else waits for it."""

    def __init__(
        self, bot: Bot, redis: Redis, token: TokenWatch, outage: Outage, *, desk_name: str
    ) -> None:
        self._outage = outage
        self._bot = bot
        self._redis = redis
        self._token = token
        self._desk_name = desk_name

    async def run(self) -> None:
        """Set those that are not as they should be; a second call sets nothing."""
        while True:
            with self._outage.reported():
                return await self._describe_all()
            await asyncio.sleep(PAUSE_S)

    async def _describe_all(self) -> None:
        for language in LANGUAGES:
            code = "" if language == "en" else language
            await self._describe(
                f"{self._bot.id}:description:{code}",
                description(self._desk_name, language),
                partial(self._description, code),
                partial(self._set_description, code),
            )
            await self._describe(
                f"{self._bot.id}:short_description:{code}",
                short_description(self._desk_name, language),
                partial(self._short_description, code),
                partial(self._set_short_description, code),
            )

    async def _description(self, code: str) -> str:
        return (await self._bot.get_my_description(code)).description

    async def _set_description(self, code: str, text: str) -> bool:
        return await self._bot.set_my_description(text, code)

    async def _set_short_description(self, code: str, text: str) -> bool:
        return await self._bot.set_my_short_description(text, code)

    async def _short_description(self, code: str) -> str:
        return (await self._bot.get_my_short_description(code)).short_description

    async def _describe(self, field: str, wanted: str, get: _Get, put: _Set) -> None:
        ours = cast("str | None", await self._redis.hget(DESCRIBED, field))
        if ours == wanted:
            return

        async def set_it() -> bool:
            current = await get()
            if current not in {"", wanted, ours}:
                _log.info("description.kept", which=field, next_step="@BotFather changes it")
            elif current != wanted:
                await put(wanted)
            await self._redis.hset(DESCRIBED, field, wanted)
            return True

        at_father = "set it at @BotFather, or restart the bot to try again"
        await retry_until_done(set_it, "description.not_set", self._token, if_refused=at_father)
