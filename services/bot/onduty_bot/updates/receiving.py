"""How a bot receives updates: it polls, or Telegram calls it; never both beside one another.

A bot that polls deletes the bot's webhook, so it must not while others receive by it.
"""

from functools import partial

from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty_bot.updates.intake import Intake
from onduty_bot.updates.poller_lease import PollerLease
from onduty_bot.updates.polling import Polling
from onduty_bot.updates.webhook import UpdateWebhook
from onduty_desk.process.health import GONE_AFTER_S
from onduty_desk.process.judging import all_processes
from onduty_desk.process.readiness import Readiness
from onduty_desk.process.redis_away import is_of_wrong_type
from onduty_desk.settings import BotSettings
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.token import TokenWatch

POLLING, WEBHOOK = "polling", "webhook"
"""How a bot receives updates, as it says with its sign of life."""


async def why_not_poll(redis: Redis) -> str | None:
    """Return why a bot must not poll, and what to do; None if it may.

    A webhook that nobody receives by any more stops no one. A replica of a version that does not
    say how it receives is not seen.
    """
    try:
        seen = await all_processes(redis)
    except RedisError as error:
        if is_of_wrong_type(error):  # another program's value must not keep everybody from reading
            return None
        raise
    since_ms = seen.now_ms - GONE_AFTER_S * 1000
    replicas = sorted(
        f"process {one.pid} on {one.host}"
        for one in seen.processes
        if one.receives_by == WEBHOOK and one.seen_ms > since_ms
    )
    if not replicas:
        return None
    return (
        f"a bot receives updates by webhook ({', '.join(replicas)}), and one that polls would "
        "delete its webhook: set ONDUTY_WEBHOOK_URL and ONDUTY_WEBHOOK_SECRET here as there, or "
        f"end that bot first (a killed one is forgotten after {GONE_AFTER_S} s)"
    )


def receives_by(settings: BotSettings) -> str:
    """Return which of the two the settings ask for."""
    return WEBHOOK if settings.webhook_url else POLLING


def reader_of(  # noqa: PLR0913, PLR0917 - what they work with
    settings: BotSettings,
    redis: Redis,
    bot: Bot,
    intake: Intake,
    token: TokenWatch,
    readiness: Readiness,
) -> Polling | UpdateWebhook:
    """Return what receives updates, as the settings say."""
    outage = readiness.outage
    lease = PollerLease(redis)
    if not settings.webhook_url or not settings.webhook_secret:
        may = partial(why_not_poll, redis)
        return Polling(bot, lease, intake, outage, token, may, readiness.loops)
    return UpdateWebhook(
        bot,
        intake,
        outage,
        token,
        lease,
        url=settings.webhook_url,
        secret=settings.webhook_secret.get_secret_value(),
        host=settings.webhook_host,
        port=settings.webhook_port,
    )
