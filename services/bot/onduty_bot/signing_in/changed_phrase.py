"""Signs out and notifies everyone who signed in with a phrase that has been changed."""

import asyncio
from datetime import timedelta

import structlog
from redis.asyncio import Redis

from onduty_bot.answering.answers import AnswerRefused, Answers, TelegramAway
from onduty_desk.model.keys import OperatorId, telling_key
from onduty_desk.process.outage import Outage
from onduty_desk.roster.operators import Roster
from onduty_desk.telegram.token import TokenWatch
from onduty_desk.texts import words

_LEASE = timedelta(seconds=15)
"""Longer than sending one message takes; after it another process takes over from a killed one."""
_PAUSE_S = 1.0

_log = structlog.get_logger()


async def sign_out_old_phrases(roster: Roster, fingerprints: dict[str, str]) -> None:
    """Sign out everyone whose phrase is no longer valid; called at start."""
    for operator in await roster.sign_out_old_phrases(fingerprints):
        _log.info(
            "operator.signed_out", operator=operator.id, group=operator.group, reason="phrase"
        )


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
            for operator_id, language in not_yet_notified.items():
                if await redis.set(telling_key(operator_id), "1", nx=True, px=_LEASE):
                    await _notify(roster, answers, operator_id, language)
                    await redis.delete(telling_key(operator_id))
        await asyncio.sleep(_PAUSE_S)


async def _notify(roster: Roster, answers: Answers, operator_id: OperatorId, language: str) -> None:
    catalogue = words(language)
    text = catalogue.gettext("The secret phrase has changed, so you've stopped receiving messages.")
    text += "\n\n" + catalogue.gettext("To start again, send /on and then the new phrase.")
    try:
        await answers.send(operator_id, text)
    except TelegramAway as away:
        _log.warning("changed_phrase.not_told_yet", operator=operator_id, reason=str(away))
        return
    except AnswerRefused as refused:
        _log.error("changed_phrase.not_told", operator=operator_id, reason=str(refused))
    await roster.mark_notified(operator_id)
