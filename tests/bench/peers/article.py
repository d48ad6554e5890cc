"""As the article does it: one job for each message, and a loop over the operators."""

import asyncio
import os
from collections.abc import Sequence

from telegram import Bot, LinkPreviewOptions

from bench.peers import telegram_url


def notify(text: str, operators: Sequence[int]) -> None:
    """Tell one operator after the other."""
    asyncio.run(_notify(text, operators))


async def _notify(text: str, operators: Sequence[int]) -> None:
    async with Bot(os.environ["ONDUTY_BOT_TOKEN"], base_url=telegram_url()) as bot:
        for operator in operators:
            await bot.send_message(
                operator,
                text,
                parse_mode="HTML",
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
