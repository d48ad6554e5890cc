"""Builds the one Bot of a process and makes sure that Telegram knows it."""

import asyncio
from typing import Any

import structlog
from telegram.error import InvalidToken, NetworkError, RetryAfter
from telegram.ext import ExtBot

from onduty_desk.settings import DeskSettings
from onduty_desk.telegram.outcomes import TokenRefused, as_timedelta
from onduty_desk.telegram.pacing import SharedPace
from onduty_desk.telegram.transport import AiohttpRequest

Bot = ExtBot[Any]

_log = structlog.get_logger()


def build_bot(settings: DeskSettings, pace: SharedPace | None = None) -> Bot:
    """Return a Bot over aiohttp, not yet opened; with a pace, its sends wait for their slots."""
    root = settings.telegram_api_url
    return ExtBot(
        settings.bot_token.get_secret_value(),
        base_url=f"{root}/bot",
        base_file_url=f"{root}/file/bot",
        request=AiohttpRequest(),
        get_updates_request=AiohttpRequest(),
        rate_limiter=pace,
    )


async def open_bot(bot: Bot) -> None:
    """Open the Bot's connections and ask Telegram who it is, for as long as it takes.

    Raises:
        TokenRefused: Telegram does not know the token.
    """
    pause_s = 1.0
    while True:
        try:
            await bot.initialize()
        except InvalidToken as error:
            await bot.shutdown()
            raise TokenRefused(
                "Telegram does not know this bot token; check ONDUTY_BOT_TOKEN"
            ) from error
        except RetryAfter as error:
            pause_s = as_timedelta(error.retry_after).total_seconds()
        except NetworkError as error:
            _log.warning("telegram.unreachable", reason=str(error), pause_s=pause_s)
        else:
            return
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, 30.0)
