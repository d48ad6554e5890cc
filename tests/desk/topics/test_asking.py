"""Whether the bot has topics is asked of Telegram, written down, and logged once."""

import asyncio

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from onduty_desk.process.cancellation import cancel
from onduty_desk.process.outage import Outage
from onduty_desk.settings import BotSettings
from onduty_desk.telegram.bot import build_bot
from onduty_desk.topics.asking import ask_for_topics
from onduty_desk.topics.topics import WHERE, Topics
from onduty_sandbox.client import Sandbox
from waiting import until


def settings_of(sandbox: Sandbox, token: str, topics: str) -> BotSettings:
    return BotSettings.model_validate(
        {
            "bot_token": token,
            "team_secret": "x",
            "telegram_api_url": sandbox.base_url,
            "topics": topics,
        }
    )


@pytest.mark.parametrize("has_topics", [True, False])
async def test_what_get_me_says_is_written_down_and_logged(
    redis: Redis, sandbox: Sandbox, token: str, *, has_topics: bool
) -> None:
    """With the place where topics are switched on, if they are not."""
    await sandbox.switch_topics(enabled=has_topics, bot=int(token.partition(":")[0]))
    settings = settings_of(sandbox, token, "auto")
    async with build_bot(settings) as bot:
        with capture_logs() as logs:
            asking = asyncio.create_task(ask_for_topics(settings, redis, bot, Outage()))
            await until(Topics(redis).are_enabled, equals=has_topics)
            await until(lambda: len(logs), equals=1)
            await cancel(asking, again_after_s=1)
    (line,) = logs
    assert line["event"] == ("topics.on" if has_topics else "topics.off")
    assert has_topics or WHERE in line["next_step"]


async def test_with_topics_off_nobody_is_asked(redis: Redis, sandbox: Sandbox, token: str) -> None:
    """Nothing is written down, either."""
    settings = settings_of(sandbox, token, "off")
    async with build_bot(settings) as bot:
        with capture_logs() as logs:
            asking = asyncio.create_task(ask_for_topics(settings, redis, bot, Outage()))
            await until(lambda: len(logs), equals=1)
            await cancel(asking, again_after_s=1)
    assert logs[0]["why"] == "ONDUTY_TOPICS=off"
    assert await Topics(redis).are_enabled() is None
