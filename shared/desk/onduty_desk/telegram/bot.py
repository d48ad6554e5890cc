"""Builds the Bot object of a process, and opens it as soon as Telegram answers."""

import asyncio
from time import monotonic
from typing import Any

import structlog
from telegram.error import InvalidToken, RetryAfter, TelegramError
from telegram.ext import ExtBot

from onduty_desk.settings import DeskSettings
from onduty_desk.telegram.outcomes import NO_BOT, NO_MODEL, TokenRefused, as_timedelta
from onduty_desk.telegram.pacing import SharedPace
from onduty_desk.telegram.proxy import shown
from onduty_desk.telegram.token import TokenWatch
from onduty_desk.telegram.transport import AiohttpRequest

Bot = ExtBot[Any]

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 10.0
LOG_EVERY_S = 30.0

IF_IT_LASTS = (
    "Telegram is asked again by itself; if it lasts, check the network and ONDUTY_TELEGRAM_PROXY"
)
"""The next step while Telegram is away."""

_log = structlog.get_logger()


def build_bot(
    settings: DeskSettings, pace: SharedPace | None = None, token: TokenWatch | None = None
) -> Bot:
    """Return a Bot over aiohttp, not yet opened.

    With a pace, its sends wait for their slots; `token` is notified when Telegram refuses it.
    """
    if proxy := settings.proxy:
        _log.info("telegram.by_proxy", proxy=shown(proxy))
    return unlogged_bot(settings, pace, token)


def unlogged_bot(
    settings: DeskSettings, pace: SharedPace | None = None, token: TokenWatch | None = None
) -> Bot:
    """Return the same; for a command, whose result is no log."""
    root, proxy = settings.telegram_api_url, settings.proxy
    on_refused = token.refused if token else None
    return ExtBot(
        settings.bot_token.get_secret_value(),
        base_url=f"{root}/bot",
        base_file_url=f"{root}/file/bot",
        request=AiohttpRequest(proxy=proxy, on_refused=on_refused),
        get_updates_request=AiohttpRequest(proxy=proxy, on_refused=on_refused),
        rate_limiter=pace,
    )


async def open_bot(bot: Bot, is_away: asyncio.Event | None = None) -> None:
    """Open the Bot's connections and call `getMe`, for as long as it takes.

    While Telegram is away, or another server answers in its place, that is logged once, and then
    each half minute; `is_away` is set.

    Raises:
        TokenRefused: Telegram does not know the token.
    """
    pause_s, logged, logged_at = FIRST_PAUSE_S, "", 0.0
    while True:
        wait_s = pause_s
        try:
            await bot.initialize()
        except InvalidToken:  # PTB's own text holds the token, so the cause is dropped
            await bot.shutdown()
            raise TokenRefused(
                "Telegram does not know this bot token; check ONDUTY_BOT_TOKEN"
            ) from None
        except RetryAfter as error:
            reason = "Telegram asks to wait"
            wait_s = min(as_timedelta(error.retry_after).total_seconds(), LOG_EVERY_S)
        except TelegramError as error:
            reason = error.message
        except NO_MODEL:
            reason = NO_BOT
        else:
            if logged:
                _log.info("telegram.reached")
            return
        if is_away:
            is_away.set()
        if reason != logged or monotonic() - logged_at >= LOG_EVERY_S:
            logged, logged_at = reason, monotonic()
            _log.warning(
                "telegram.unreachable",
                reason=reason,
                next_step=IF_IT_LASTS,
            )
        await asyncio.sleep(wait_s)
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
