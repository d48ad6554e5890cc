"""Sends delayed answers as a dispatcher does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from unittest.mock import patch

from redis.asyncio import Redis

from onduty_desk.process.outage import Outage
from onduty_desk.replies.delaying import DelayedReplies
from onduty_dispatcher.replies import delayed
from onduty_dispatcher.replies.delayed import SendingDelayed


@asynccontextmanager
async def sending_delayed(redis: Redis) -> AsyncIterator[SendingDelayed]:
    """Look often, as the clock of a test jumps, and when it is woken, until the block ends."""
    stopping = asyncio.Event()
    sending = SendingDelayed(DelayedReplies(redis), Outage())
    with patch.object(delayed, "LOOK_EVERY", timedelta(seconds=0.2)):
        running = asyncio.create_task(sending.run(stopping))
        try:
            yield sending
        finally:
            stopping.set()
            await asyncio.wait([running])
    running.result()
