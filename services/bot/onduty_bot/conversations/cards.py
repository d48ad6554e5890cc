"""Finds the conversation that a card shows."""

from dataclasses import dataclass
from typing import Self, cast

from pydantic import BaseModel, ConfigDict
from redis.asyncio import Redis

from onduty.wire import message_key
from onduty_desk.model.keys import ChatId, ConversationId, card_key, conversation_key, messages_key


@dataclass(frozen=True)
class Card:
    """The parts of a conversation that the answer to a reply needs."""

    conversation_id: ConversationId
    reply_url: str | None
    group: str | None
    """The conversation's group; None if it is no longer known."""
    customer_name: str = ""

    @classmethod
    def read(cls, conversation_id: ConversationId, newest: str | None, group: str | None) -> Self:
        """Read it from the conversation's newest message as JSON, and its group."""
        link = _Link.model_validate_json(newest) if newest else _Link()
        return cls(conversation_id, link.reply_url, group or None, link.customer_name)


class _Link(BaseModel):
    """The fields of a customer message that are needed; errors do not show the others."""

    model_config = ConfigDict(hide_input_in_errors=True)

    reply_url: str | None = None
    customer_name: str = ""


class Cards:
    """Looks up cards by Telegram message; dispatchers record it when they send a card."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def find(self, chat_id: ChatId, message_id: int) -> Card | None:
        """Return the card with the link of its conversation's newest message, or None."""
        found = cast("str | None", await self._redis.get(card_key(chat_id, message_id)))
        return await self.of(ConversationId(found)) if found is not None else None

    async def of(self, conversation_id: ConversationId) -> Card:
        """Return the same for a conversation that is known by its id."""
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.zrevrange(messages_key(conversation_id), 0, 0)
        pipeline.hget(conversation_key(conversation_id), "group")
        newest, group = cast("tuple[list[str], str | None]", tuple(await pipeline.execute()))
        json = cast("str | None", await self._redis.get(message_key(newest[0]))) if newest else None
        return Card.read(conversation_id, json, group)
