"""`/team`: who is on duty, in which groups, and how many customers each has."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from onduty_bot.administering.people import People, Somebody
from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming
from onduty_desk.conversations.lists import Lists
from onduty_desk.roster.operators import Operator, Roster
from onduty_desk.texts import Words
from onduty_desk.texts.times import clock
from onduty_desk.texts.untrusted_text import short_name

_MOST_NAMES = 30
"""The others are counted: a message holds 4096 characters."""


class Team:
    """Answers admins, on duty or off."""

    def __init__(  # noqa: PLR0913 - what it works with
        self,
        roster: Roster,
        lists: Lists,
        people: People,
        answers: Answers,
        *,
        groups: Sequence[str],
        zone: ZoneInfo,
    ) -> None:
        self._roster = roster
        self._lists = lists
        self._people = people
        self._answers = answers
        self._groups = groups
        self._zone = zone

    async def team(self, incoming: Incoming) -> None:
        """`/team`: everybody on duty, the longest on duty first, and who is barred."""
        words = incoming.words
        on_duty = await self._roster.on_duty(self._groups)
        held = await self._lists.held([one.id for one in on_duty])
        lines = [self._line(one, held[one.id], words) for one in on_duty[:_MOST_NAMES]]
        head = words.ngettext("{count} on duty", "{count} on duty", len(on_duty))
        parts = [head.format(count=len(on_duty)), "\n".join(_cut(lines, len(on_duty), words))]
        if barred := await self._people.all_barred():
            names = [self._barred(one, groups) for one, groups in barred.items()]
            shown = "\n".join(_cut(names[:_MOST_NAMES], len(names), words))
            parts.append(words.gettext("Kept out until /unkick or an invite:") + f"\n{shown}")
        await self._answers.answer(incoming, "\n\n".join(filter(None, parts)))

    def _line(self, operator: Operator, held: int, words: Words) -> str:
        customers = words.ngettext("{count} customer", "{count} customers", held)
        since = words.gettext("since {clock}").format(clock=clock(operator.since, self._zone))
        facts = [", ".join(operator.groups)] if len(self._groups) > 1 else []
        facts += [customers.format(count=held), since]
        if operator.paused_since:
            paused = words.gettext("paused since {clock}")
            facts.append(paused.format(clock=clock(operator.paused_since, self._zone)))
        if operator.is_unreachable:
            facts.append(words.gettext("phone out of reach"))
        return f"{short_name(operator.name)} ({operator.id}): {' · '.join(facts)}"

    def _barred(self, somebody: Somebody, groups: Sequence[str]) -> str:
        where = f": {', '.join(groups)}" if len(self._groups) > 1 else ""
        return f"{somebody.shown}{where}"


def _cut(lines: list[str], count: int, words: Words) -> list[str]:
    if not (more := count - len(lines)):
        return lines
    return [*lines, words.ngettext("and {more} more", "and {more} more", more).format(more=more)]
