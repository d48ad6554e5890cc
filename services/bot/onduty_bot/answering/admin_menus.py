"""Telegram's menu of commands in an admin's chat: everybody's, then those of admins.

An admin who has never written to the bot has no chat yet, so theirs is tried again. Whoever is no
admin any more gets everybody's menu back at the next start.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Iterable
from functools import partial
from hashlib import sha256

from redis.asyncio import Redis
from telegram import BotCommand, BotCommandScopeChat
from telegram.error import BadRequest

from onduty_bot.answering.menu import REGISTER_AGAIN, admin_menu, menu
from onduty_bot.answering.retry import retry_until_done
from onduty_desk.model.bot_keys import DESCRIBED
from onduty_desk.process.outage import Outage
from onduty_desk.process.redis_away import PAUSE_S
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.token import TokenWatch
from onduty_desk.texts import LANGUAGES, words

AGAIN_S = 300.0
_NO_CHAT = "chat not found"
_CODES = {language: None if language == "en" else language for language in LANGUAGES}
"""As Telegram wants them: the first is for all whose language has no menu."""


class AdminMenus:
    """Keeps them as they should be; what has been set is not set again at the next start."""

    def __init__(  # noqa: PLR0913 - what it works with, and whose they are
        self,
        bot: Bot,
        redis: Redis,
        token: TokenWatch,
        outage: Outage,
        admin_ids: Collection[int],
        *,
        has_topics: bool = False,
    ) -> None:
        self._bot = bot
        self._redis = redis
        self._token = token
        self._outage = outage
        self._admin_ids = admin_ids
        self._has_topics = has_topics

    async def run(self) -> None:
        """Set and take away; return when nothing is left to be done."""
        while True:
            with self._outage.reported():
                await self._take_away()
                if all([await self._set(admin_id) for admin_id in self._admin_ids]):
                    return
                await asyncio.sleep(AGAIN_S)
            await asyncio.sleep(PAUSE_S)

    def _field(self, admin_id: int | str) -> str:
        return f"{self._bot.id}:admin_menu:{admin_id}"

    async def _take_away(self) -> None:
        ours = {self._field(admin_id) for admin_id in self._admin_ids}
        for field in map(str, await self._redis.hkeys(DESCRIBED)):
            if field.startswith(self._field("")) and field not in ours:
                chat = BotCommandScopeChat(int(field.rpartition(":")[2]))
                for code in _CODES.values():
                    await self._is_done(partial(self._bot.delete_my_commands, chat, code))
                await self._redis.hdel(DESCRIBED, field)

    async def _set(self, admin_id: int) -> bool:
        """Whether the chat has its menu; no while there is no such chat."""
        menus = {
            code: [
                *menu(words(language), has_topics=self._has_topics),
                *admin_menu(words(language)),
            ]
            for language, code in _CODES.items()
        }
        wanted = _fingerprint(menus.values())
        if await self._redis.hget(DESCRIBED, self._field(admin_id)) == wanted:
            return True
        chat = BotCommandScopeChat(admin_id)
        for code, commands in menus.items():
            if not await self._is_done(partial(self._bot.set_my_commands, commands, chat, code)):
                return False
        await self._redis.hset(DESCRIBED, self._field(admin_id), wanted)
        return True

    async def _is_done(self, request: Callable[[], Awaitable[bool]]) -> bool:
        """Repeat a request until it is done; no if there is no such chat."""
        has_chat = True

        async def ask() -> bool:
            nonlocal has_chat
            try:
                return await request()
            except BadRequest as error:
                if error.message.lower() != _NO_CHAT:
                    raise
                has_chat = False
                return False

        await retry_until_done(
            ask, "commands.not_registered", self._token, if_refused=REGISTER_AGAIN
        )
        return has_chat


def _fingerprint(menus: Iterable[list[BotCommand]]) -> str:
    text = json.dumps([[(one.command, one.description) for one in menu] for menu in menus])
    return sha256(text.encode()).hexdigest()[:16]
