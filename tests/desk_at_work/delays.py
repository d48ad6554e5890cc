"""Sends delayed answers as a dispatcher does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from onduty_desk.process.outage import Outage
from onduty_desk.replies.delaying import DelayedReplies
from onduty_dispatcher.replies.delayed import SendingDelayed


@asynccontextmanager
async def sending_delayed(redis: Redis) -> AsyncIterator[SendingDelayed]:
    """Look each second, and when it is woken, until the block ends."""
    stopping = asyncio.Event()
    sending = SendingDelayed(DelayedReplies(redis), Outage())
    running = asyncio.create_task(sending.run(stopping))
    try:
        yield sending
    finally:
        stopping.set()
        await asyncio.wait([running])
    running.result()
