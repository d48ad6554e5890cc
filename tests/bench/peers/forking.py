"""As one would make the loop faster: all operators at once, as many as the client bears."""

import asyncio
import os
from collections.abc import Sequence

from telegram import Bot, LinkPreviewOptions

from bench.peers import telegram_url

AT_ONCE = 20
"""Beyond this python-telegram-bot's default HTTP client gets slower, not faster."""


def notify(text: str, operators: Sequence[int]) -> None:
    """Tell all operators."""
    asyncio.run(_notify(text, operators))


async def _notify(text: str, operators: Sequence[int]) -> None:
    turn = asyncio.Semaphore(AT_ONCE)
    async with Bot(os.environ["ONDUTY_BOT_TOKEN"], base_url=telegram_url()) as bot:

        async def send(operator: int) -> None:
            async with turn:
                await bot.send_message(
                    operator,
                    text,
                    parse_mode="HTML",
                    link_preview_options=LinkPreviewOptions(is_disabled=True),
                )

        await asyncio.gather(*(send(operator) for operator in operators))
