"""A dramatiq worker: one actor on its event-loop thread, one Bot for the life of the process."""

import asyncio
import os

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO
from redis import ConnectionPool
from telegram import LinkPreviewOptions
from telegram.ext import AIORateLimiter, ExtBot

from bench.peers import QUEUE, telegram_url

broker = RedisBroker(connection_pool=ConnectionPool.from_url(os.environ["ONDUTY_REDIS_URL"]))
broker.add_middleware(AsyncIO())
dramatiq.set_broker(broker)

_bot = ExtBot(
    os.environ["ONDUTY_BOT_TOKEN"],
    base_url=telegram_url(),
    rate_limiter=AIORateLimiter(max_retries=3) if os.environ.get("PEER_LIMITED") else None,
)
_opening = asyncio.Lock()


async def _send(chat_id: int, text: str) -> None:
    """Tell one operator."""
    async with _opening:
        await _bot.initialize()
    await _bot.send_message(
        chat_id,
        text,
        parse_mode="HTML",
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )


send = dramatiq.actor(_send, actor_name="send", queue_name=QUEUE, max_retries=3)
