"""Which conversations a message of the bot is about, kept by that message.

So a button carries no more than a number, or nothing, and one of last week does not act on what is
held today.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from redis.asyncio import Redis
from telegram import CallbackQuery, InlineKeyboardMarkup

from onduty_desk.model.keys import ChatId, ConversationId, list_key

REMEMBERED = timedelta(days=1)


@dataclass(frozen=True)
class Listed:
    """A message about conversations, to be said or to be written anew."""

    text: str
    buttons: InlineKeyboardMarkup | None = None
    conversations: tuple[ConversationId, ...] = ()


class Context:
    """Keeps them for a day. A kill before they are kept leaves a list that is too old at once."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def keep(
        self, chat_id: int, message_id: int, conversations: Sequence[ConversationId]
    ) -> None:
        """Remember what a message is about from now on."""
        key = list_key(ChatId(chat_id), message_id)
        await self._redis.set(key, json.dumps(list(conversations)), ex=REMEMBERED)

    async def keep_tapped(
        self, tap: CallbackQuery, conversations: Sequence[ConversationId]
    ) -> None:
        """Remember what the message that was tapped is about from now on."""
        if tap.message is not None:
            await self.keep(tap.message.chat.id, tap.message.message_id, conversations)

    async def of(self, tap: CallbackQuery) -> tuple[ConversationId, ...] | None:
        """Return what the message that was tapped is about; None if that is forgotten."""
        if tap.message is None:
            return None
        key = list_key(ChatId(tap.message.chat.id), tap.message.message_id)
        kept = cast("str | None", await self._redis.get(key))
        return None if kept is None else tuple(map(ConversationId, json.loads(kept)))
