"""The context of a list: which conversations it is about, stored by chat and message id.

So a button carries only a number, or nothing, and a button of an old list does not act on the
conversations that are held today.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from redis.asyncio import Redis
from telegram import CallbackQuery, InlineKeyboardMarkup

from onduty_desk.lua.calling import script
from onduty_desk.model.keys import ChatId, ConversationId, list_key

REMEMBERED = timedelta(days=1)


@dataclass(frozen=True)
class Listed:
    """The text and buttons of a list, and its conversations."""

    text: str
    buttons: InlineKeyboardMarkup | None = None
    conversations: tuple[ConversationId, ...] = ()


class Context:
    """Stores contexts for a day. A list whose context was lost by a kill is answered as too old."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._note_listed = script(redis, "conversations/commands/note_listed")

    async def keep(
        self, chat_id: int, message_id: int, conversations: Sequence[ConversationId]
    ) -> None:
        """Store which conversations a message is about."""
        key = list_key(ChatId(chat_id), message_id)
        await self._redis.set(key, json.dumps(list(conversations)), ex=REMEMBERED)
        await self._note_listed(args=[chat_id, message_id, *conversations])

    async def keep_tapped(
        self, tap: CallbackQuery, conversations: Sequence[ConversationId]
    ) -> None:
        """Store which conversations the message that was tapped is about."""
        if tap.message is not None:
            await self.keep(tap.message.chat.id, tap.message.message_id, conversations)

    async def of(self, tap: CallbackQuery) -> tuple[ConversationId, ...] | None:
        """Return which conversations the message that was tapped is about; None if expired."""
        if tap.message is None:
            return None
        key = list_key(ChatId(tap.message.chat.id), tap.message.message_id)
        kept = cast("str | None", await self._redis.get(key))
        return None if kept is None else tuple(map(ConversationId, json.loads(kept)))
