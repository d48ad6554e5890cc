"""How long a killed dispatcher's phones wait for another.

Leases name no process, so every phone under a lease right before the kill is watched: until that
very lease has gone, because the phone was settled or another dispatcher holds it. A phone of the
killed one waits for the whole of its lease; one of a living dispatcher's only for its answer,
which comes sooner. The slowest of all is therefore the takeover, or a little more.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty_desk.model.keys import ChatId
from onduty_desk.model.phone_keys import chat_key

LOOK_EVERY_S = 0.05
AT_MOST_S = 40.0

Leases = dict[ChatId, str]


async def leases(redis: Redis, chats: Sequence[ChatId]) -> Leases:
    """Return the phones that are somebody's now, with the lease."""
    async with redis.pipeline(transaction=False) as pipeline:
        for chat in chats:
            pipeline.hget(chat_key(chat), "lease")
        tokens = cast("list[str | None]", await pipeline.execute())
    return {chat: token for chat, token in zip(chats, tokens, strict=True) if token}


async def wait_for_takeover(redis: Redis, held: Leases) -> float:
    """Return the seconds from now until none of these leases is held any more."""
    killed_at = time.monotonic()
    while held and time.monotonic() < killed_at + AT_MOST_S:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            now = await leases(redis, list(held))
        except (RedisError, OSError):
            continue
        held = {chat: token for chat, token in held.items() if now.get(chat) == token}
    return time.monotonic() - killed_at
