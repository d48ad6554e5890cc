"""A phrase that was changed signs out everyone who used the old one, and they are told."""

import asyncio
from datetime import timedelta

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty_bot.answering.answers import AnswerRefused, Answers, TelegramAway
from onduty_desk.model.keys import OperatorId, telling_key
from onduty_desk.process.outage import Outage
from onduty_desk.roster.operators import Roster
from onduty_desk.telegram.token import TokenWatch
from onduty_desk.texts import words

_LEASE = timedelta(seconds=15)
"""Longer than one message takes to send: another process goes on where one was killed."""
_PAUSE_S = 1.0

_log = structlog.get_logger()


async def sign_out_old_phrases(roster: Roster, fingerprints: dict[str, str]) -> None:
    """Sign out at start whoever signed in with a phrase that is none any more."""
    for operator in await roster.sign_out_old_phrases(fingerprints):
        _log.info(
            "operator.signed_out", operator=operator.id, group=operator.group, reason="phrase"
        )


async def notify_of_changed_phrase(
    redis: Redis, roster: Roster, answers: Answers, outage: Outage, token: TokenWatch
) -> None:
    """Tell each of those signed out, once; returns when nobody is left to be told."""
    while True:
        await token.wait_until_good()
        try:
            not_yet_notified = await roster.not_yet_notified()
            if not not_yet_notified:
                return
            for operator_id, language in not_yet_notified.items():
                if await redis.set(telling_key(operator_id), "1", nx=True, px=_LEASE):
                    await _notify(roster, answers, operator_id, language)
                    await redis.delete(telling_key(operator_id))
        except (RedisError, OSError) as error:
            outage.began(error)
        await asyncio.sleep(_PAUSE_S)


async def _notify(roster: Roster, answers: Answers, operator_id: OperatorId, language: str) -> None:
    catalogue = words(language)
    text = catalogue.gettext("The secret phrase has changed, so you've stopped receiving messages.")
    text += "\n\n" + catalogue.gettext("To start again, send /on and then the new phrase.")
    try:
        await answers.say(operator_id, text)
    except TelegramAway as away:
        _log.warning("changed_phrase.not_told_yet", operator=operator_id, reason=str(away))
        return
    except AnswerRefused as refused:
        _log.error("changed_phrase.not_told", operator=operator_id, reason=str(refused))
    await roster.mark_notified(operator_id)
