"""Asks Telegram about a token of the user's own; of itself, as it takes Telegram's library."""

import asyncio

from telegram.error import InvalidToken, TelegramError

from onduty_demo.starting.readiness import CannotStart
from onduty_desk.settings import BotSettings
from onduty_desk.telegram.bot import build_bot

TELEGRAM_WITHIN_S = 10


async def check_telegram(settings: BotSettings) -> str:
    """Return the bot's user name, as Telegram says it.

    Raises:
        CannotStart: the token is refused, or Telegram does not answer.
    """
    bot = build_bot(settings)
    try:
        async with asyncio.timeout(TELEGRAM_WITHIN_S):
            await bot.initialize()
        return str(bot.username)
    except InvalidToken as error:
        raise CannotStart(
            "Telegram does not know this bot token; set ONDUTY_BOT_TOKEN to the one from "
            "@BotFather, or unset it to use the sandbox"
        ) from error
    except (TelegramError, TimeoutError) as error:
        raise CannotStart(
            f"Telegram does not answer at {settings.telegram_api_url} ({error}); check the "
            "network, or unset ONDUTY_BOT_TOKEN to use the sandbox"
        ) from error
    finally:
        await bot.shutdown()
