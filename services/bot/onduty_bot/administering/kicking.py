"""`/kick` and `/unkick`: an admin takes somebody out of a group, and lets them in again."""

from collections.abc import Awaitable, Callable, Sequence
from typing import cast

import structlog
from redis.asyncio import Redis

from onduty_bot.administering.people import People, Somebody, which_of
from onduty_bot.answering.answers import AnswerRefused, Answers
from onduty_bot.answering.incoming import Incoming
from onduty_bot.answering.naming import group_called
from onduty_desk.lua.calling import Script, script
from onduty_desk.roster.operators import Operator, Roster, TakenOut
from onduty_desk.texts import Words, words

_log = structlog.get_logger()


_Find = Callable[[str], Awaitable[list[Somebody]]]


class Kicking:
    """Bars an id from groups, then signs it out: knowing the phrase does not let it in again."""

    def __init__(
        self,
        redis: Redis,
        roster: Roster,
        people: People,
        answers: Answers,
        groups: Sequence[str],
    ) -> None:
        self._bar = script(redis, "onduty_bot/administering/bar")
        self._unbar = script(redis, "onduty_bot/administering/unbar")
        self._roster = roster
        self._people = people
        self._answers = answers
        self._groups = groups

    async def kick(self, incoming: Incoming) -> None:
        """`/kick NAME`, or `/kick NAME GROUP`: what they hold there waits for everyone at once.

        A repeated update is about the same person, and answered the same.
        """
        barred = await self._once(self._bar, incoming, self._people.on_duty, "/kick")
        if barred is None:
            return
        whom, groups = barred
        out = await self._roster.take_out(
            whom.id,
            "removed",
            group=groups[0] if len(groups) < len(self._groups) else None,
            update_id=incoming.update_id,
        )
        _log.info("operator.kicked", operator=whom.id, groups=groups, admin=incoming.operator_id)
        if out.was:
            await self._tell(incoming, out.was, groups, let_go=out.let_go)
        await self._answers.answer(incoming, self._kicked(incoming.words, whom, groups, out))

    async def unkick(self, incoming: Incoming) -> None:
        """`/unkick NAME`, or `/unkick NAME GROUP`: the phrase lets them in again."""
        let_in = await self._once(self._unbar, incoming, self._people.barred, "/unkick")
        if let_in is None:
            return
        whom, groups = let_in
        _log.info("operator.unkicked", operator=whom.id, groups=groups, admin=incoming.operator_id)
        text = incoming.words.gettext(
            "{name} can sign in again: {groups}. They need the phrase, or an invite."
        )
        await self._answers.answer(incoming, text.format(name=whom.shown, groups=", ".join(groups)))

    async def _once(
        self, decide: Script, incoming: Incoming, find: _Find, command: str
    ) -> tuple[Somebody, list[str]] | None:
        """Decide whom a command is about, and do it; None if that is nobody: then it is said."""
        if before := await decide(args=[incoming.update_id]):
            return _decided(before)
        name, groups = await self._read(incoming)
        if not name:
            await self._answers.answer(incoming, self._how(incoming.words, command))
            return None
        found = await find(name)
        if len(found) != 1:
            which = which_of(found, incoming.words)
            if not found and " " in name:  # the last word may be meant for a group
                which += self._of_groups(incoming.words)
            await self._answers.answer(incoming, which)
            return None
        (whom,) = found
        admin = Somebody.author_of(incoming)
        who = [whom.id, whom.json] if command == "/kick" else [whom.id]
        done = await decide(args=[incoming.update_id, *who, admin.json, *groups])
        if not done:
            text = incoming.words.gettext("{name} is not barred there.")
            await self._answers.answer(incoming, text.format(name=whom.shown))
            return None
        return _decided(done)

    async def _read(self, incoming: Incoming) -> tuple[str, Sequence[str]]:
        """Return the name and the groups; the last word is a group, unless it is part of a name."""
        _, *rest = incoming.text.split(maxsplit=1)
        whole = " ".join(rest[0].split()) if rest else ""
        name, _, last = whole.rpartition(" ")
        group = group_called(last, self._groups)
        if not name or group is None or len(self._groups) == 1:
            return whole, self._groups
        is_a_name = await self._people.on_duty(whole) or await self._people.barred(whole)
        return (whole, self._groups) if is_a_name else (name, [group])

    def _how(self, words: Words, command: str) -> str:
        text = words.gettext("Whom? Send {command} and an id or a name; /team shows both.")
        return text.format(command=command) + self._of_groups(words)

    def _of_groups(self, words: Words) -> str:
        if len(self._groups) == 1:
            return ""
        text = words.gettext("A group behind it means that one alone: {groups}.")
        return " " + text.format(groups=", ".join(self._groups))

    async def _tell(
        self, incoming: Incoming, was: Operator, groups: Sequence[str], *, let_go: int
    ) -> None:
        catalogue = words(was.language)
        if set(was.groups) <= set(groups):
            text = catalogue.gettext("An admin has taken you off duty.")
        else:
            text = catalogue.gettext("An admin has taken you out of the group {group}.")
        text = text.format(group=groups[0])
        if let_go:
            waits = catalogue.gettext("Whom you were answering there waits for the others.")
            text += f"\n\n{waits}"
        try:
            await self._answers.send_once(was.id, f"kicked:{incoming.update_id}", text)
        except AnswerRefused as refused:
            _log.error("kick.not_told", operator=was.id, reason=str(refused))

    def _kicked(self, words: Words, whom: Somebody, groups: Sequence[str], out: TakenOut) -> str:
        if out.was:
            text = words.gettext("{name} is out.")
        else:
            text = words.gettext("{name} was not on duty there.")
        if out.let_go:
            waits = words.ngettext(
                "{count} customer whom they were answering waits again.",
                "{count} customers whom they were answering wait again.",
                out.let_go,
            )
            text += " " + waits.format(count=out.let_go)
        bars = words.gettext("The phrase lets them in no more: /unkick {id}, or an invite, does.")
        where = ""
        if len(self._groups) > 1:
            where = " " + words.gettext("Groups: {groups}").format(groups=", ".join(groups))
        text, bars = text.format(name=whom.shown), bars.format(id=whom.id)
        return f"{text}{where}\n\n{bars}"


def _decided(answer: list[object]) -> tuple[Somebody, list[str]]:
    whom, groups = answer
    return Somebody.from_json(str(whom)), list(map(str, cast("list[str]", groups)))
