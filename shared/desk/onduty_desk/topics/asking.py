"""Asks Telegram whether the bot has topics, at start and from time to time."""

import asyncio

import structlog
from redis.asyncio import Redis
from telegram.error import TelegramError

from onduty_desk.process.outage import Outage
from onduty_desk.settings import DeskSettings
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.outcomes import NO_MODEL
from onduty_desk.topics.topics import WHERE, Topics

EVERY_S = 600.0
AGAIN_AFTER_S = 10.0

_log = structlog.get_logger()


async def ask_for_topics(settings: DeskSettings, redis: Redis, bot: Bot, outage: Outage) -> None:
    """Write down what `getMe` says, and log it when it has changed; never returns.

    With `ONDUTY_TOPICS=off` nobody is asked.
    """
    if settings.topics == "off":
        _log.info("topics.off", why="ONDUTY_TOPICS=off")
        await asyncio.Event().wait()
    topics, was = Topics(redis), None
    while True:
        pause_s = AGAIN_AFTER_S
        with outage.reported():
            has_topics = await _has_topics(bot)
            if has_topics is not None:
                await topics.note_enabled(has_topics=has_topics)
                if has_topics != was:
                    _say(has_topics=has_topics)
                was, pause_s = has_topics, EVERY_S
        await asyncio.sleep(pause_s)


async def _has_topics(bot: Bot) -> bool | None:
    try:
        return bool((await bot.get_me()).has_topics_enabled)
    except (TelegramError, *NO_MODEL):
        return None  # others tell that Telegram is away


def _say(*, has_topics: bool) -> None:
    if has_topics:
        _log.info("topics.on", how="whoever claims a conversation answers it in a topic")
    else:
        _log.info("topics.off", why="the bot has no topics", next_step=f"switch them on in {WHERE}")
