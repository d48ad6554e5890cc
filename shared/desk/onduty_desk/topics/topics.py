"""Topics in operators' chats: whether the bot has any, and what operators do about them."""

from datetime import timedelta
from typing import Literal, cast

from redis.asyncio import Redis

from onduty_desk.lua.calling import script
from onduty_desk.model.keys import ChatId, ConversationId
from onduty_desk.model.phone_keys import TOPICS_ENABLED, topic_key, topics_phone_key
from onduty_desk.model.words import TopicTrouble

WHERE = "the Mini App of @BotFather (not by /mybots): Bot Settings, Threads Settings"
"""Where topics are switched on; /mybots does not have it."""

REMEMBERED = timedelta(days=1)


class Topics:
    """The topics of all phones. Every call may be repeated."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._trouble = script(redis, "topics/trouble")
        self._check = script(redis, "topics/check")
        self._switch = script(redis, "topics/switch")

    async def note_enabled(self, *, has_topics: bool) -> None:
        """Write down what getMe says of the bot."""
        await self._redis.set(TOPICS_ENABLED, "1" if has_topics else "0", ex=REMEMBERED)

    async def are_enabled(self) -> bool | None:
        """Whether the bot has topics; None if no process has asked within a day."""
        found = await self._redis.get(TOPICS_ENABLED)
        return None if found is None else found == "1"

    async def are_off(self, chat_id: ChatId) -> bool:
        """Whether the operator wants none on their phone."""
        return bool(await self._redis.hexists(topics_phone_key(chat_id), "off"))

    async def switch(self, chat_id: ChatId, to: Literal["on", "off"]) -> None:
        """Let a phone have topics, or none: then all comes flat."""
        await self._switch(args=[chat_id, to])

    async def check(self, chat_id: ChatId) -> None:
        """Make those of whom the operator owns anew, if they are not there any more."""
        await self._check(args=[chat_id])

    async def conversation_of(self, chat_id: ChatId, thread: int) -> ConversationId | None:
        """Return what a topic is about, if it is one of ours."""
        found = cast("str | None", await self._redis.get(topic_key(chat_id, thread)))
        return ConversationId(found) if found else None

    async def trouble(
        self, chat_id: ChatId, conversation_id: ConversationId, thread: int, trouble: TopicTrouble
    ) -> None:
        """Something was not taken for a topic: what comes next goes flat."""
        await self._trouble(args=[chat_id, conversation_id, thread, trouble])
