"""The bot process: builds and runs its tasks, and ends them in order."""

import asyncio
from functools import partial

import structlog
from redis.asyncio import Redis

from onduty_bot.answering.about import About
from onduty_bot.answering.answers import Answers
from onduty_bot.answering.fallback import Fallback
from onduty_bot.answering.group_chats import GroupChats
from onduty_bot.answering.menu import register_commands
from onduty_bot.app import Handle, Handlers, build_application
from onduty_bot.conversations.backlog import Backlogs
from onduty_bot.conversations.cards import Cards
from onduty_bot.conversations.claiming import Claiming
from onduty_bot.conversations.context import Context
from onduty_bot.conversations.delegation import Delegation
from onduty_bot.conversations.listing import Listing
from onduty_bot.conversations.taps import Taps
from onduty_bot.conversations.writing import Writing
from onduty_bot.signing_in.admins import Admins
from onduty_bot.signing_in.changed_phrase import notify_of_changed_phrase, sign_out_old_phrases
from onduty_bot.signing_in.going_off import GoingOff
from onduty_bot.signing_in.noticing import Noticing
from onduty_bot.signing_in.phrases import Phrases
from onduty_bot.signing_in.private_texts import PrivateTexts
from onduty_bot.signing_in.signing_in import SigningIn
from onduty_bot.updates.handling import Handling
from onduty_bot.updates.intake import Intake
from onduty_bot.updates.poller_lease import PollerLease
from onduty_bot.updates.polling import Polling
from onduty_bot.updates.setting_aside import Notes, set_aside
from onduty_bot.updates.webhook import UpdateWebhook
from onduty_desk.conversations.lists import Lists
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.process.background import keep_going
from onduty_desk.process.cancellation import cancel, interruptible
from onduty_desk.process.connection import connect
from onduty_desk.process.health import show_signs_of_life
from onduty_desk.process.outage import Outage
from onduty_desk.process.redis_away import PAUSE_S
from onduty_desk.process.starting import ready
from onduty_desk.process.status_line import log_each_minute, log_start
from onduty_desk.roster.logins import Login
from onduty_desk.roster.operators import Roster
from onduty_desk.roster.weak_phrases import weak
from onduty_desk.settings import BotSettings
from onduty_desk.telegram.bot import Bot, build_bot, open_bot
from onduty_desk.telegram.pacing import SharedPace
from onduty_desk.telegram.reachability import Reachability
from onduty_desk.telegram.token import TokenWatch

FINISH_WITHIN_S = 7.0
FINISH_STRANGERS_WITHIN_S = 1.0
"""Answers to strangers that are still queued then are not sent; usually there are none."""

_LONGER = "set a phrase of several words; whoever guesses it reads what customers write"

_log = structlog.get_logger()


async def serve(settings: BotSettings) -> None:
    """Run until cancelled; then take no more updates, and finish within the grace period.

    Raises:
        StartRefused: Redis is not what the desk needs, or another bot's.
        TokenRefused: at start only; later the bot waits until the token is good again.
        PortTaken: the webhook cannot listen.
    """
    redis, token = connect(settings.redis_url), TokenWatch()
    bot = build_bot(settings, SharedPace(redis, settings.pace), token)
    phrases = Phrases(settings.phrases, settings.bot_token.get_secret_value())
    outage = Outage()
    try:
        await interruptible(ready(redis, settings.bot_id, "onduty_bot"))
        await interruptible(_sign_out_old_phrases(redis, phrases, outage))
        await open_bot(bot)
        for group, reason in weak(settings.phrases, (bot.username, bot.first_name)):
            _log.warning("phrase.weak", group=group, reason=reason, next_step=_LONGER)
        await _work(settings, redis, bot, phrases, token, outage)
    finally:
        await bot.shutdown()
        await redis.aclose()


async def _sign_out_old_phrases(redis: Redis, phrases: Phrases, outage: Outage) -> None:
    while True:
        with outage.reported():
            return await sign_out_old_phrases(Roster(redis), phrases.fingerprints)
        await asyncio.sleep(PAUSE_S)


async def _work(  # noqa: PLR0913, PLR0917 - what it works with
    settings: BotSettings,
    redis: Redis,
    bot: Bot,
    phrases: Phrases,
    token: TokenWatch,
    outage: Outage,
) -> None:
    roster, reachability = Roster(redis), Reachability(redis, bot)
    answers = Answers(bot, redis, reachability, settings.admin_ids)
    writing = Writing(roster, Cards(redis), answers)
    admins = Admins(settings.admin_ids, settings.language, redis, roster, answers)
    lists, conversations = Lists(redis), Conversations(redis, settings.rules)
    backlogs = Backlogs(conversations, answers, cards=settings.backlog_cards)
    context = Context(redis)
    delegation = Delegation(lists, conversations, roster, answers, context)
    listing = Listing(lists, conversations, answers, delegation, context)
    signing_in = SigningIn(Login(redis), roster, phrases, answers, admins, backlogs)
    handlers = Handlers(
        about=About(redis, roster, lists, answers),
        signing_in=signing_in,
        private_texts=PrivateTexts(signing_in, writing),
        going_off=GoingOff(roster, answers, delegation, context),
        taps=Taps(Claiming(conversations, answers), listing, backlogs, delegation),
        listing=listing,
        fallback=Fallback(roster, writing, answers),
        group_chats=GroupChats(bot, answers),
        noticing=Noticing(redis, answers, admins, writing),
    )
    application = build_application(bot, handlers, settings.language)
    await application.initialize()

    wake = asyncio.Event()
    handle = Handle(
        application, Notes(answers, settings.language), phrases, roster, settings.language
    )
    handling = Handling(redis, handle, wake, outage, token, partial(set_aside, phrases))
    handled = asyncio.create_task(handling.run())
    intake = Intake(
        redis,
        wake,
        phrases,
        always_kept=settings.admin_ids,
        wait_replicas=settings.wait_replicas,
    )
    receiving = asyncio.create_task(_receiving(settings, redis, bot, intake, outage, token).run())
    answering_strangers = asyncio.create_task(answers.strangers_line.run())
    others = [
        asyncio.create_task(keep_going(work))
        for work in (
            partial(token.run, bot),
            reachability.watch,
            partial(admins.notify, outage),
            partial(register_commands, bot, token),
            partial(notify_of_changed_phrase, redis, roster, answers, outage, token),
            partial(show_signs_of_life, redis, "bot", lambda: token.trouble),
            partial(outage.watch, redis),
            partial(_log_glances, settings, redis, bot, handling, outage),
        )
    ]
    try:
        done, _ = await asyncio.wait(
            (receiving, handled, answering_strangers, *others), return_when=asyncio.FIRST_EXCEPTION
        )
        for ended in done:
            ended.result()
    finally:
        await cancel(receiving, again_after_s=3.0)
        await cancel(*others, again_after_s=0.2)
        handling.stop()
        await asyncio.wait((handled,), timeout=FINISH_WITHIN_S)
        await cancel(handled, again_after_s=0.2)
        answers.strangers_line.stop()
        await asyncio.wait((answering_strangers,), timeout=FINISH_STRANGERS_WITHIN_S)
        await cancel(answering_strangers, again_after_s=0.2)
        _log.info("bot.stopped")


async def _log_glances(
    settings: BotSettings, redis: Redis, bot: Bot, handling: Handling, outage: Outage
) -> None:
    does = {"username": bot.username, "by": "webhook" if settings.webhook_url else "polling"}
    await log_start(redis, "bot", settings.phrases, does, outage)

    def done() -> dict[str, int]:
        return {"handled": handling.handled}

    await log_each_minute(redis, "bot", settings.phrases, done, outage)


def _receiving(  # noqa: PLR0913, PLR0917 - what they work with
    settings: BotSettings,
    redis: Redis,
    bot: Bot,
    intake: Intake,
    outage: Outage,
    token: TokenWatch,
) -> Polling | UpdateWebhook:
    if not settings.webhook_url or not settings.webhook_secret:
        return Polling(bot, PollerLease(redis), intake, outage, token)
    return UpdateWebhook(
        bot,
        intake,
        outage,
        token,
        url=settings.webhook_url,
        secret=settings.webhook_secret.get_secret_value(),
        host=settings.webhook_host,
        port=settings.webhook_port,
    )
