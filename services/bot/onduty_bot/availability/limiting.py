"""`/limit`: how many customers an operator wants to answer at once."""

import structlog

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.commanded import number_behind
from onduty_bot.answering.incoming import Incoming
from onduty_desk.roster.limits import MOST, Limit, Limits
from onduty_desk.texts import Words

_OFF = frozenset({"off", "none", "no", "нет", "выкл"})

_log = structlog.get_logger()


class Limiting:
    """Sets and shows the limit; a repeated update gets the same answer."""

    def __init__(self, limits: Limits, answers: Answers) -> None:
        self._limits = limits
        self._answers = answers

    async def limit(self, incoming: Incoming) -> None:
        """`/limit`, `/limit 3`, `/limit off`."""
        _, _, wanted = incoming.text.partition(" ")
        await self._answers.answer(incoming, await self._answer(incoming, wanted.strip().lower()))

    async def _answer(self, incoming: Incoming, wanted: str) -> str:
        words, operator_id = incoming.words, incoming.operator_id
        if not wanted:
            limit = await self._limits.find(operator_id)
        elif wanted in _OFF:
            limit = await self._limits.set(operator_id, 0)
        elif (most := number_behind(wanted, MOST)) is not None:
            limit = await self._limits.set(operator_id, most)
        else:
            return words.gettext(
                "Send a number from 1 to {most}, for example /limit 3. /limit off takes the limit "
                "away. If you want no new customers for a while, send /pause."
            ).format(most=MOST)
        if limit is None:
            return words.gettext("You are off duty. Send /on to start receiving messages.")
        if wanted:
            _log.info("operator.limit_set", operator=operator_id, limit=limit.most)
        return said(limit, words)


def said(limit: Limit, words: Words) -> str:
    """Return what holds now, and how to change it."""
    owned = words.ngettext(
        "You are answering {count} customer", "You are answering {count} customers", limit.owned
    ).format(count=limit.owned)
    if not limit.most:
        none = words.gettext(
            "You have no limit of your own. To set one, send for example /limit 3."
        )
        return f"{none}\n\n{owned}."
    most = words.ngettext(
        "You answer {count} customer at most, of all your groups, until you go off duty.",
        "You answer {count} customers at most, of all your groups, until you go off duty.",
        limit.most,
    ).format(count=limit.most)
    keeps = ""
    if limit.owned > limit.most:
        keeps = words.gettext("They all stay yours; you can take no more until you have room.")
    change = words.gettext("Another number changes it, /limit off takes it away.")
    return "\n\n".join(filter(None, (most, f"{owned}. {keeps}".strip(), change)))
