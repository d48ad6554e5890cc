"""Tells the admins when somebody is locked out: it may be an attack, or a colleague in need."""

from collections.abc import Collection

import structlog

from onduty_bot.answers import Answers
from onduty_bot.heard import Heard
from onduty_bot.login import MOST_WRONG_TRIES, Locked
from onduty_bot.naming import name_of
from onduty_bot.times import clock
from onduty_desk.keys import OperatorId
from onduty_desk.outside import short_name
from onduty_desk.roster import Roster
from onduty_desk.texts import words

_log = structlog.get_logger()


class Admins:
    """The people of `ONDUTY_ADMIN_IDS`; each must have written to the bot once to be reached."""

    def __init__(
        self, admin_ids: Collection[int], fallback_language: str, roster: Roster, answers: Answers
    ) -> None:
        self._admin_ids = sorted(admin_ids)
        self._fallback_language = fallback_language
        self._roster = roster
        self._answers = answers

    async def tell_of_lock(self, heard: Heard, locked: Locked) -> None:
        """Tell each admin who was locked and until when, once for a lock; never what they wrote."""
        _log.warning("login.locked", operator=heard.operator_id, until=locked.until.isoformat())
        author = heard.author
        named = short_name(name_of(author))
        if author.username:
            named += f", @{author.username}"
        for admin_id in self._admin_ids:
            on_duty = await self._roster.find(OperatorId(admin_id))
            told = words(on_duty.language if on_duty else self._fallback_language)
            text = told.gettext(
                "Someone sent {count} wrong secret phrases and cannot sign in until {clock}:"
            ).format(count=MOST_WRONG_TRIES, clock=clock(locked.until))
            who = told.gettext("{name}, Telegram id {id}").format(name=named, id=author.id)
            await self._answers.say_once(
                admin_id, f"lock:{heard.update_id}:{admin_id}", f"{text}\n\n{who}"
            )
