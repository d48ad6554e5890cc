"""What a backend says of a conversation besides messages, in its place among them."""

import json

from redis.asyncio import Redis

from onduty.wire import ACCEPTED, inbox_key
from onduty_desk.keys import ConversationId


async def touch(redis: Redis, conversation: ConversationId) -> None:
    """Say that somebody has answered elsewhere."""
    await _line_up(redis, conversation, "touch")


async def close(redis: Redis, conversation: ConversationId) -> None:
    """Say that the conversation is over."""
    await _line_up(redis, conversation, "close")


async def _line_up(redis: Redis, conversation: ConversationId, what: str) -> None:
    """Do as `accept.lua` does with messages."""
    async with redis.pipeline() as pipeline:
        pipeline.rpush(inbox_key(conversation), json.dumps([what]))
        pipeline.expire(inbox_key(conversation), 3600)
        pipeline.zadd(ACCEPTED, {conversation: 1e14}, lt=True)
        await pipeline.execute()
