"""Whom an admin means: by Telegram id, or by the name of somebody on duty or barred."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self, cast

from redis.asyncio import Redis

from onduty_bot.answering.incoming import Incoming
from onduty_bot.answering.naming import name_of
from onduty_desk.model.bot_keys import barred_key
from onduty_desk.model.keys import OperatorId
from onduty_desk.roster.operators import Roster
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import short_name

_MOST_DIGITS = 16
"""Telegram's ids have up to 52 bits."""


@dataclass(frozen=True)
class Somebody:
    """A person whom an admin names, or the admin."""

    id: OperatorId
    name: str = ""

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `json` wrote."""
        fields = json.loads(text)
        return cls(OperatorId(int(fields["id"])), str(fields["name"]))

    @classmethod
    def author_of(cls, incoming: Incoming) -> Self:
        """Return the author of a message."""
        return cls(incoming.operator_id, name_of(incoming.author))

    @property
    def json(self) -> str:
        """For a script. The id is text, because cjson rounds numbers as long as some ids."""
        return json.dumps({"id": str(self.id), "name": self.name})

    @property
    def shown(self) -> str:
        """Their name and id; the id alone if the name is not known."""
        return f"{short_name(self.name)} ({self.id})" if self.name else str(self.id)


class People:
    """Finds them among those on duty, or among those who are barred."""

    def __init__(self, redis: Redis, roster: Roster, groups: Sequence[str]) -> None:
        self._redis = redis
        self._roster = roster
        self._groups = groups

    async def on_duty(self, text: str) -> list[Somebody]:
        """Return whom a text may mean of those on duty; an id is that person, wherever they are."""
        everybody = await self._roster.on_duty(self._groups)
        return _meant(text, [Somebody(one.id, one.name) for one in everybody])

    async def barred(self, text: str) -> list[Somebody]:
        """The same of those who are barred from a group."""
        return _meant(text, list((await self.all_barred()).keys()))

    async def all_barred(self) -> dict[Somebody, list[str]]:
        """Return everybody who is barred, and from which groups."""
        found: dict[OperatorId, tuple[Somebody, list[str]]] = {}
        for group in self._groups:
            records = cast("dict[str, str]", await self._redis.hgetall(barred_key(group)))
            for record in records.values():
                one = Somebody.from_json(record)
                found.setdefault(one.id, (one, []))[1].append(group)
        return dict(found.values())


def _meant(text: str, among: Sequence[Somebody]) -> list[Somebody]:
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        known = [one for one in among if one.id == int(text)]
        return known or [Somebody(OperatorId(int(text)))]
    wanted = text.casefold()
    exact = [one for one in among if one.name.casefold() == wanted]
    return exact or [one for one in among if one.name.casefold().startswith(wanted)]


def which_of(found: Iterable[Somebody], words: Words) -> str:
    """Return what to say if a name means nobody, or several."""
    names = [one.shown for one in found]
    if not names:
        return words.gettext("I know nobody of this name. /team shows names and ids.")
    text = words.gettext("Several are called so; send the id instead: {names}")
    return text.format(names=", ".join(names[:10]))
