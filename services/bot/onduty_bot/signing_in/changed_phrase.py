"""Signs out and notifies everyone who signed in with a phrase that has been changed."""

import asyncio
from datetime import timedelta

import structlog
from redis.asyncio import Redis

from onduty_bot.answering.answers import AnswerRefused, Answers, TelegramAway
from onduty_bot.signing_in.phrases import Phrases
from onduty_desk.model.roster_keys import telling_key
from onduty_desk.process.outage import Outage
from onduty_desk.process.redis_away import PAUSE_S
from onduty_desk.roster.known_phrases import check_of, recognise
from onduty_desk.roster.operators import Roster, SignedOut
from onduty_desk.settings import BotSettings
from onduty_desk.telegram.token import TokenWatch
from onduty_desk.texts import words

_LEASE = timedelta(seconds=15)
"""Longer than sending one message takes; after it another process takes over from a killed one."""

_log = structlog.get_logger()


async def sign_out_old_phrases(
    settings: BotSettings, redis: Redis, phrases: Phrases, outage: Outage
) -> None:
    """Take everyone out of the groups whose phrase is another now; called at start.

    Whoever came in by the same phrase stays, also if the bot has another token since. While Redis
    is away it waits; a second call finds nobody.
    """
    checks = {
        group: await asyncio.to_thread(check_of, group, phrase, settings.bot_id)
        for group, phrase in settings.phrases.items()
    }
    while True:
        with outage.reported():
            known = await recognise(redis, checks, phrases.fingerprints)
            for operator_id, group in await Roster(redis).sign_out_old_phrases(known):
                _log.info(
                    "operator.signed_out", operator=operator_id, groups=(group,), reason="phrase"
                )
            return
        await asyncio.sleep(PAUSE_S)


async def notify_of_changed_phrase(
    redis: Redis, roster: Roster, answers: Answers, outage: Outage, token: TokenWatch
) -> None:
    """Notify each of them once; returns when all are notified."""
    while True:
        await token.wait_until_good()
        with outage.reported():
            not_yet_notified = await roster.not_yet_notified()
            if not not_yet_notified:
                return
            for one in not_yet_notified:
                if await redis.set(telling_key(one.field), "1", nx=True, px=_LEASE):
                    if one in await roster.not_yet_notified():  # another bot may have, meanwhile
                        await _notify(roster, answers, one)
                    await redis.delete(telling_key(one.field))
        await asyncio.sleep(PAUSE_S)


async def _notify(roster: Roster, answers: Answers, signed_out: SignedOut) -> None:
    operator_id, catalogue = signed_out.operator_id, words(signed_out.language)
    if signed_out.group is None:
        text = catalogue.gettext(
            "The secret phrase has changed, so you've stopped receiving messages."
        )
        text += "\n\n" + catalogue.gettext("To start again, send /on and then the new phrase.")
    else:
        text = catalogue.gettext(
            "The secret phrase of the group {group} has changed, so you've stopped receiving its "
            "messages."
        ).format(group=signed_out.group)
        text += "\n\n" + catalogue.gettext("To join it again, send /on and then the new phrase.")
    try:
        await answers.send(operator_id, text)
    except TelegramAway as away:
        _log.warning("changed_phrase.not_told_yet", operator=operator_id, reason=str(away))
        return
    except AnswerRefused as refused:
        _log.error("changed_phrase.not_told", operator=operator_id, reason=str(refused))
    await roster.mark_notified(signed_out)
