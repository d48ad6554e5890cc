"""The bot process: builds and runs its tasks, and ends them in order."""

import asyncio
from functools import partial

import structlog
from redis.asyncio import Redis

from onduty_bot.administering.inviting import Inviting
from onduty_bot.administering.kicking import Kicking
from onduty_bot.administering.people import People
from onduty_bot.administering.prioritizing import Prioritizing
from onduty_bot.administering.team import Team
from onduty_bot.administering.trouble import Troubles
from onduty_bot.administering.waiting_news import WaitingNews
from onduty_bot.answering.about import About
from onduty_bot.answering.admin_languages import AdminLanguages
from onduty_bot.answering.admin_menus import AdminMenus
from onduty_bot.answering.answers import Answers
from onduty_bot.answering.describing import Describing
from onduty_bot.answering.fallback import Fallback
from onduty_bot.answering.group_chats import GroupChats
from onduty_bot.answering.menu import register_commands
from onduty_bot.answering.news import tell_news
from onduty_bot.answering.to_admins import ToAdmins
from onduty_bot.app import Handle, Handlers, build_application
from onduty_bot.availability.limiting import Limiting
from onduty_bot.availability.pausing import Pausing
from onduty_bot.conversations.backlog import Backlogs
from onduty_bot.conversations.board import BoardTaps
from onduty_bot.conversations.claiming import Claiming
from onduty_bot.conversations.context import Context
from onduty_bot.conversations.delegation import Delegation
from onduty_bot.conversations.finding import Finding
from onduty_bot.conversations.glance import Glances
from onduty_bot.conversations.listing import Listing
from onduty_bot.conversations.passing import Passing
from onduty_bot.conversations.taps import Taps
from onduty_bot.replying import handlers as replying_handlers
from onduty_bot.signing_in.admins import Admins
from onduty_bot.signing_in.changed_phrase import notify_of_changed_phrase, sign_out_old_phrases
from onduty_bot.signing_in.going_off import GoingOff
from onduty_bot.signing_in.noticing import Noticing
from onduty_bot.signing_in.phrases import Phrases
from onduty_bot.signing_in.private_texts import PrivateTexts
from onduty_bot.signing_in.signing_in import SigningIn
from onduty_bot.updates.handling import Handling
from onduty_bot.updates.intake import Intake
from onduty_bot.updates.receiving import POLLING, reader_of, receives_by, why_not_poll
from onduty_bot.updates.setting_aside import Notes, set_aside
from onduty_desk.availability.pauses import Pauses
from onduty_desk.boards.boards import Boards
from onduty_desk.conversations.lists import Lists
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.metrics.serving import observable
from onduty_desk.process.background import keep_going
from onduty_desk.process.cancellation import cancel, interruptible
from onduty_desk.process.connection import connect
from onduty_desk.process.health import show_signs_of_life
from onduty_desk.process.outage import Outage
from onduty_desk.process.readiness import Loops, Readiness
from onduty_desk.process.starting import StartRefused, ready
from onduty_desk.process.status_line import log_each_minute, log_start
from onduty_desk.roster.group_rules import write_group_rules
from onduty_desk.roster.limits import Limits
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
        StartRefused: Redis is not what the desk needs, or another bot's; or this bot polls, and
            others receive by webhook.
        TokenRefused: at start only; later the bot waits until the token is good again.
        PortTaken: the webhook, or the port for metrics, cannot listen.
    """
    redis, token = connect(settings.redis_url), TokenWatch()
    bot = build_bot(settings, SharedPace(redis, settings.pace), token)
    phrases = Phrases(settings.phrases, settings.bot_token.get_secret_value())
    readiness = Readiness(Loops(), Outage())
    try:
        async with observable(settings, "bot", redis, readiness):
            await _open_and_work(settings, redis, bot, phrases, token, readiness)
    finally:
        await bot.shutdown()
        await redis.aclose()


async def _open_and_work(  # noqa: PLR0913, PLR0917 - what it works with
    settings: BotSettings,
    redis: Redis,
    bot: Bot,
    phrases: Phrases,
    token: TokenWatch,
    readiness: Readiness,
) -> None:
    begin = partial(_begin, settings, redis)
    await interruptible(ready(redis, settings.bot_id, "onduty_bot", and_then=begin))
    await interruptible(sign_out_old_phrases(settings, redis, phrases, readiness.outage))
    await open_bot(bot)
    names = (bot.username, bot.first_name, settings.desk_name)
    for group, reason in weak(settings.phrases, names):
        _log.warning("phrase.weak", group=group, reason=reason, next_step=_LONGER)
    await _work(settings, redis, bot, phrases, token, readiness)


async def _begin(settings: BotSettings, redis: Redis) -> None:
    if receives_by(settings) == POLLING and (why_not := await why_not_poll(redis)):
        raise StartRefused(why_not)
    await write_group_rules(redis, settings.phrases, settings.group_rules)


async def _work(  # noqa: PLR0913, PLR0917 - what it works with
    settings: BotSettings,
    redis: Redis,
    bot: Bot,
    phrases: Phrases,
    token: TokenWatch,
    readiness: Readiness,
) -> None:
    outage, loops = readiness.outage, readiness.loops
    roster, reachability = Roster(redis), Reachability(redis, bot)
    answers = Answers(bot, redis, reachability, settings.admin_ids)
    context = Context(redis)
    has_topics = settings.topics != "off" and bool(bot.bot.has_topics_enabled)
    words = replying_handlers.build(settings, redis, roster, answers, context)
    languages = AdminLanguages(redis, roster, settings.admin_ids, settings.language)
    to_admins = ToAdmins(settings.admin_ids, languages, answers)
    admins = Admins(redis, to_admins, zone=settings.zone)
    news = WaitingNews(redis, to_admins)
    lists, conversations = Lists(redis), Conversations(redis, settings.rules)
    backlogs = Backlogs(conversations, answers, cards=settings.backlog_cards)
    delegation = Delegation(lists, conversations, roster, answers, context)
    listing = Listing(
        *(lists, conversations, answers, delegation, context),
        admin_ids=settings.admin_ids,
        groups=phrases.groups,
    )
    finding = Finding(redis, roster, conversations, listing, answers, context)
    passing = Passing(
        *(redis, roster, lists, conversations, answers, context), groups=phrases.groups
    )
    boards = Boards(redis)
    board = BoardTaps(boards, listing, answers, bot)
    signing_in = SigningIn(
        *(Login(redis), roster, phrases, answers, admins, backlogs, boards), zone=settings.zone
    )
    prioritizing = Prioritizing(
        redis, answers, context, admin_ids=settings.admin_ids, groups=phrases.groups
    )
    people = People(redis, roster, phrases.groups)
    pausing = Pausing(
        *(Pauses(redis, settings.rules), answers, backlogs, delegation, context, signing_in),
        zone=settings.zone,
    )
    handlers = Handlers(
        glances=Glances(redis),
        about=About(
            redis,
            roster,
            lists,
            answers,
            words.replies,
            groups=phrases.groups,
            admin_ids=settings.admin_ids,
            has_topics=has_topics,
            desk_name=settings.desk_name,
            zone=settings.zone,
        ),
        signing_in=signing_in,
        private_texts=PrivateTexts(
            signing_in, words.writing, finding, passing, words.changing, words.noting
        ),
        going_off=GoingOff(roster, answers, delegation, context, phrases.groups),
        taps=Taps(
            *(Claiming(conversations, answers), listing, backlogs, delegation, finding),
            board,
            passing,
            pausing,
            words.replying,
            words.changing,
            words.noting,
            words.choosing,
            prioritizing,
            words.mutes,
        ),
        board=board,
        listing=listing,
        finding=finding,
        limiting=Limiting(Limits(redis), answers),
        pausing=pausing,
        changing=words.changing,
        speaking=words.speaking,
        quick_replies=words.managing,
        mutes=words.mutes,
        topics=words.topics,
        fallback=Fallback(
            roster, words.writing, answers, settings.admin_ids, has_topics=has_topics
        ),
        group_chats=GroupChats(bot, answers),
        admin_languages=languages,
        noticing=Noticing(redis, answers, admins, words.writing),
        team=Team(roster, lists, people, answers, groups=phrases.groups, zone=settings.zone),
        kicking=Kicking(redis, roster, people, answers, phrases.groups),
        inviting=Inviting(
            *(redis, bot, phrases, signing_in, answers),
            languages=languages,
            zone=settings.zone,
        ),
        prioritizing=prioritizing,
    )
    application = build_application(bot, handlers, settings.language, settings.admin_ids)
    await application.initialize()

    wake = asyncio.Event()
    handle = Handle(
        application, Notes(answers, settings.language), phrases, roster, settings.language
    )
    handling = Handling(redis, handle, wake, outage, token, partial(set_aside, phrases), loops)
    handled = asyncio.create_task(handling.run())
    intake = Intake(
        redis,
        wake,
        phrases,
        always_kept=(*settings.admin_ids, int(settings.bot_id)),  # its pins' bubbles come from it
        wait_replicas=settings.wait_replicas,
    )
    reader = reader_of(settings, redis, bot, intake, token, readiness)
    readiness.begin(lambda: token.trouble, lambda: reader.trouble)
    receiving = asyncio.create_task(reader.run())
    answering_strangers = asyncio.create_task(answers.strangers_line.run())
    others = [
        asyncio.create_task(keep_going(work))
        for work in (
            partial(token.run, bot),
            reachability.watch,
            partial(admins.notify, outage),
            partial(Troubles(redis, to_admins).tell, outage, token),
            partial(news.tell, outage, token),
            partial(register_commands, bot, token, has_topics=has_topics),
            AdminMenus(*(bot, redis, token, outage, settings.admin_ids), has_topics=has_topics).run,
            Describing(bot, redis, token, outage, desk_name=settings.desk_name).run,
            partial(notify_of_changed_phrase, redis, roster, answers, outage, token),
            partial(show_signs_of_life, redis, "bot", readiness, receives_by=receives_by(settings)),
            partial(outage.watch, redis),
            partial(_log_glances, settings, redis, bot, handling, outage),
        )
    ]
    others += [
        asyncio.create_task(keep_going(partial(tell_news, redis, kind, outage, token)))
        for kind in (*words.news, *pausing.news(roster))
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
    does = {"username": bot.username, "by": receives_by(settings), "topics": settings.topics}
    await log_start(redis, "bot", settings.phrases, does, outage)

    def done() -> dict[str, int]:
        return {"handled": handling.handled}

    await log_each_minute(redis, "bot", settings.phrases, done, outage)
