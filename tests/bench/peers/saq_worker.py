"""A saq worker: one job for each message and operator, one Bot for the life of the process."""

import os
from typing import Any

from redis.asyncio import Redis
from saq.queue.redis import RedisQueue
from telegram import LinkPreviewOptions
from telegram.ext import AIORateLimiter, ExtBot

from bench.peers import QUEUE, telegram_url


async def _startup(context: dict[str, Any]) -> None:
    context["bot"] = ExtBot(
        os.environ["ONDUTY_BOT_TOKEN"],
        base_url=telegram_url(),
        rate_limiter=AIORateLimiter(max_retries=3) if os.environ["PEER_LIMITED"] else None,
    )
    await context["bot"].initialize()


async def send(context: dict[str, Any], *, chat_id: int, text: str) -> None:
    """Tell one operator."""
    await context["bot"].send_message(
        chat_id,
        text,
        parse_mode="HTML",
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )


settings = {
    "queue": RedisQueue(Redis.from_url(os.environ["ONDUTY_REDIS_URL"]), name=QUEUE),
    "functions": [send],
    "concurrency": 20,
    "startup": _startup,
}
