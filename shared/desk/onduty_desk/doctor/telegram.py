"""Checks Telegram: whether it answers, knows the token, and calls the webhook that is set."""

import time
from collections.abc import Iterator

from telegram import WebhookInfo
from telegram.error import TelegramError
from yarl import URL

from onduty_desk.process.redis_setup import Finding
from onduty_desk.settings import BotSettings
from onduty_desk.telegram.bot import Bot, unlogged_bot
from onduty_desk.telegram.outcomes import (
    ASK_WITHIN_S,
    NO_MODEL,
    NotTaken,
    Sent,
    Unauthorized,
    Unknown,
    outcome_of,
    who_it_is,
)

RECENT_S = 600
"""Telegram repeats an update that the webhook did not take within seconds."""

RESTART_WITH_NEW = (
    "put the token that @BotFather shows into ONDUTY_BOT_TOKEN of all bots and dispatchers, and "
    "restart them; nobody is signed out by it"
)

_WHERE = "in the Mini App of @BotFather (not by /mybots): Bot Settings, Threads Settings"

_ONE_WAY = "give every bot the same ONDUTY_WEBHOOK_URL (or none) and restart them; if none of them "


async def telegram_findings(settings: BotSettings, notes: list[str]) -> list[Finding]:
    """Return what is wrong; nothing is read that another reader would miss.

    What is worth knowing and no fault is added to `notes`.
    """
    bot = unlogged_bot(settings)
    await bot.request.initialize()
    try:
        match await outcome_of(who_it_is(bot)):
            case Sent():
                notes += _topics(bot, settings)
                return await _webhook(bot, settings)
            case Unauthorized(reason):
                return [Finding("token.refused", reason, RESTART_WITH_NEW)]
            case NotTaken(reason) | Unknown(reason):
                cure = (
                    f"check the network from this host to {settings.telegram_api_url} and "
                    "ONDUTY_TELEGRAM_PROXY; nothing is lost meanwhile"
                )
                return [Finding("telegram.away", reason, cure)]
            case other:
                return [Finding("telegram.refuses", str(other), "ask again in a minute", "warning")]
    finally:
        await bot.request.shutdown()


def _topics(bot: Bot, settings: BotSettings) -> Iterator[str]:
    """Say whether private chats with the bot have topics, as far as its server knows of them."""
    if settings.topics == "off":
        yield "ONDUTY_TOPICS=off: operators answer without topics, whether or not the bot has them"
        return
    if bot.bot.has_topics_enabled is None:
        return
    if not bot.bot.has_topics_enabled:
        yield f"topics in private chats are off for this bot; to have them, switch them on {_WHERE}"
    elif bot.bot.allows_users_to_create_topics:
        yield (
            "topics in private chats are on, and operators can make some: a text outside of a "
            f"topic makes one by itself; that is switched off {_WHERE}"
        )
    else:
        yield "topics in private chats are on for this bot, and only it makes them"


async def _webhook(bot: Bot, settings: BotSettings) -> list[Finding]:
    try:
        info = await bot.get_webhook_info(read_timeout=ASK_WITHIN_S, connect_timeout=ASK_WITHIN_S)
    except (TelegramError, *NO_MODEL) as error:
        reason = f"getWebhookInfo failed: {type(error).__name__}"
        return [Finding("telegram.refuses", reason, "ask again in a minute", "warning")]
    wanted = settings.webhook_url
    if info.url and not wanted:
        return [
            Finding(
                "webhook.in_the_way",
                f"Telegram calls a webhook at {_host(info.url)}, and ONDUTY_WEBHOOK_URL is not "
                "set: a bot that polls gets nothing, or deletes it",
                _ONE_WAY + "has set it, another program uses this token: /revoke it at @BotFather",
            )
        ]
    if wanted and not info.url:
        return [
            Finding(
                "webhook.not_set",
                "ONDUTY_WEBHOOK_URL is set, and Telegram calls no webhook: a bot that polls has "
                "deleted it, or none has started",
                _ONE_WAY + "polls, another program uses this token: /revoke it at @BotFather",
            )
        ]
    if wanted and info.url != wanted:
        return [
            Finding(
                "webhook.elsewhere",
                f"Telegram calls a webhook at {_host(info.url)}, not at {_host(wanted)}",
                _ONE_WAY + "is there, another program uses this token: /revoke it at @BotFather",
            )
        ]
    return _failing(info)


def _failing(info: WebhookInfo) -> list[Finding]:
    failed_at = info.last_error_date
    if failed_at is None or failed_at.timestamp() < time.time() - RECENT_S:
        return []
    return [
        Finding(
            "webhook.failing",
            f"Telegram could not deliver updates: {info.last_error_message}; "
            f"{info.pending_update_count} wait",
            "Telegram must reach ONDUTY_WEBHOOK_URL with a valid certificate: try it with curl "
            "from outside, and look at what stands before ONDUTY_WEBHOOK_PORT",
        )
    ]


def _host(url: str) -> str:
    """Return where an address leads, without its path, which may be a secret."""
    return URL(url).host or "an unknown host"
