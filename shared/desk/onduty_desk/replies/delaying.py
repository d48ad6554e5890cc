"""Answers that are sent a while after they were written, and what the bot says of them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from onduty_desk.lua.calling import script
from onduty_desk.model.keys import ChatId, ConversationId, reply_key

MOST_A_CALL = 100


@dataclass(frozen=True)
class DelayedReply:
    """A delayed answer as it reads now."""

    conversation_id: ConversationId
    text: str
    sent_in: timedelta


class DelayedReplies:
    """The delayed answers of all operators. Any number of processes may send them concurrently."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._send = script(redis, "replies/send_delayed")
        self._keep_notice = script(redis, "replies/keep_notice")
        self._told = script(redis, "replies/told_delayed")

    async def send_due(self) -> tuple[timedelta | None, int, list[ResponseError]]:
        """Send those that are due; a second call, or another process, sends none of them again.

        Return when the next is due, None if there is none; how many were; and errors of those that
        broke. Without anybody who delivers events they stay, and are tried again.
        """
        next_ms, count, broken = await self._send(args=[MOST_A_CALL])
        next_in = None if next_ms == "-1" else timedelta(milliseconds=int(next_ms))
        return next_in, int(count), cast("list[ResponseError]", broken)

    async def find_unsaid(self, chat_id: ChatId, message_id: int) -> str | None:
        """Return the text of a delayed answer of which the bot has not said so yet; else None."""
        found = await self._redis.hmget(reply_key(chat_id, message_id), ["state", "notice", "text"])
        state, notice, text = cast("list[str | None]", found)
        return (text or "") if state == "delayed" and not notice else None

    async def keep_notice(self, chat_id: ChatId, message_id: int, notice: int) -> bool:
        """A message of the bot's says that an answer is delayed: it goes when that is over.

        False if the answer is not known any more: whoever has sent the message is to remove it.
        """
        return bool(await self._keep_notice(args=[chat_id, message_id, notice]))

    async def find_said(self, chat_id: ChatId, message_id: int) -> DelayedReply | None:
        """Return a delayed answer of which the bot has said so, which may not hold; else None."""
        found = cast("list[str | int]", await self._told(args=[chat_id, message_id]))
        if not found:
            return None
        conversation, text, left_ms = found
        left = timedelta(milliseconds=int(left_ms))
        return DelayedReply(ConversationId(str(conversation)), str(text), left)
