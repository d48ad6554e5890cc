"""From a card on a phone back to its conversation."""

from dataclasses import dataclass
from typing import cast

from pydantic import BaseModel, ConfigDict
from redis.asyncio import Redis

from onduty.wire import message_key
from onduty_desk.model.keys import ChatId, ConversationId, card_key, conversation_key, messages_key


@dataclass(frozen=True)
class Card:
    """What one needs to know of a conversation to answer a reply to its card."""

    conversation_id: ConversationId
    reply_url: str | None
    group: str | None
    """Whose it is; None if that is not known any more."""


class _Link(BaseModel):
    """The one field of a customer message that is needed here; errors do not show the rest."""

    model_config = ConfigDict(hide_input_in_errors=True)

    reply_url: str | None = None


class Cards:
    """Finds what a Telegram message shows; dispatchers write it down when they send a card."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def find(self, chat_id: ChatId, message_id: int) -> Card | None:
        """Return the card with the link of its conversation's newest message, or None."""
        found = cast("str | None", await self._redis.get(card_key(chat_id, message_id)))
        if found is None:
            return None
        conversation_id = ConversationId(found)
        newest = cast("list[str]", await self._redis.zrevrange(messages_key(conversation_id), 0, 0))
        json = cast("str | None", await self._redis.get(message_key(newest[0]))) if newest else None
        link = _Link.model_validate_json(json) if json else _Link()
        key = conversation_key(conversation_id)
        group = cast("str | None", await self._redis.hget(key, "group"))
        return Card(conversation_id, link.reply_url, group)
