"""What a message to the bot may be about, looked up at once before its way is decided.

A way that a glance rules out costs no further question to Redis; one that it does not is decided by
its own script.
"""

from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from onduty_bot.conversations.cards import Card
from onduty_desk.lua.calling import script
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId


@dataclass(frozen=True)
class Glance:
    """What was seen of one message."""

    card: Card | None = None
    """Of the conversation in whose topic it stands, or which it replies to."""
    is_find_answer: bool = False
    """It replies to the question whom one is looking for."""
    may_be_note: bool = False
    """A note was asked for, or this update was decided to be one."""
    may_be_reason: bool = False
    """The same for why a customer is passed on."""
    is_answer: bool = False
    """To the conversation of that card, of who is on duty: it is no try at a phrase."""


NOTHING = Glance()


class Glances:
    """Looks at messages in private chats."""

    def __init__(self, redis: Redis) -> None:
        self._look = script(redis, "onduty_bot/conversations/glance")

    async def of(
        self, operator_id: OperatorId, chat_id: ChatId, *, update_id: int, thread: int, replied: int
    ) -> Glance:
        """Look at a message in this topic, 0 outside of any, that replies to that one, or 0."""
        seen = await self._look(args=[operator_id, chat_id, update_id, thread, replied])
        about, newest, group, *facts = cast("list[str]", seen)
        card = Card.read(ConversationId(about), newest, group) if about else None
        return Glance(card, *map(bool, facts))
