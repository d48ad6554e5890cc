"""`/name`: by which name customers know an operator."""

import structlog

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming
from onduty_bot.answering.naming import first_name_of
from onduty_desk.roster.speaking_names import MOST, SpeakingNames
from onduty_desk.texts import Words
from onduty_desk.texts.found_links import found_links
from onduty_desk.texts.untrusted_text import inert, is_blank, plain_line

_OFF = frozenset({"off", "none", "no", "нет", "выкл"})

_log = structlog.get_logger()


class Speaking:
    """Sets and shows the name; a repeated update gets the same answer."""

    def __init__(self, names: SpeakingNames, answers: Answers) -> None:
        self._names = names
        self._answers = answers

    async def name(self, incoming: Incoming) -> None:
        """`/name`, `/name Anna from Support`, `/name off`."""
        _, _, wanted = incoming.text.partition(" ")
        await self._answers.answer(incoming, await self._answer(incoming, wanted.strip()))

    async def _answer(self, incoming: Incoming, wanted: str) -> str:
        words, operator_id = incoming.words, incoming.operator_id
        if not wanted:
            chosen = await self._names.find(operator_id)
        elif wanted.lower() in _OFF:
            chosen = await self._names.set(operator_id, "")
        elif why_not := _why_not(wanted, words):
            return why_not
        else:
            chosen = await self._names.set(operator_id, plain_line(wanted))
        if chosen is None:
            return words.gettext("You are off duty. Send /on to start receiving messages.")
        if wanted:
            _log.info("operator.name_set", operator=operator_id, is_chosen=bool(chosen))
        return _said(chosen, first_name_of(incoming.author), words)


def _why_not(wanted: str, words: Words) -> str:
    name = plain_line(wanted)
    if "\n" in wanted or is_blank(name):
        return words.gettext("A name is one line of text. Send for example /name Anna from Support")
    if len(name) > MOST:
        text = words.gettext("This name has {count} characters; {most} is the most.")
        return text.format(count=len(name), most=MOST)
    if next(found_links(name), None):
        return words.gettext("A name cannot be a link. Send for example /name Anna from Support")
    return ""


def _said(chosen: str, first_name: str, words: Words) -> str:
    if chosen:
        now = words.gettext("Customers know you as {name}. Colleagues see your name in Telegram.")
        how = words.gettext("Another name changes it, /name off takes it away.")
    else:
        now = words.gettext("Customers know you as {name}, your first name in Telegram.")
        how = words.gettext("To change that, send for example /name Anna from Support")
    return f"{now.format(name=inert(chosen or first_name))}\n\n{how}"
