"""The roster: who is on duty, by group, and how they are known."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal, Self, cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from onduty_desk.lua.calling import script
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.model.roster_keys import (
    LEFT_GROUPS,
    ON_DUTY,
    SIGNED_OUT,
    UNREACHABLE,
    duty_key,
    operator_key,
)
from onduty_desk.process.redis_away import is_of_wrong_type

_log = structlog.get_logger()


class Overwritten(Exception):  # noqa: N818 - it is what happened
    """Another program has overwritten an operator's key."""


WhyOff = Literal["off", "blocked", "removed", "phrase", "unreachable"]
"""Only "off" is the operator's own decision."""


class SignIn(StrEnum):
    """The result of signing in."""

    NEW = "new"
    JOINED = "joined"
    """They were on duty in other groups before."""
    REPEATED = "repeated"
    ALREADY = "already"
    BARRED = "barred"
    """An admin has taken them out of the group."""


@dataclass(frozen=True)
class Operator:
    """An operator on duty, known by Telegram id."""

    id: OperatorId
    name: str
    language: str
    fingerprints: Mapping[str, str]
    """Of the phrases of their groups, in the order in which they joined them."""
    since: datetime
    paused_since: datetime | None = None
    """Since when they pause; None if they do not."""
    is_unreachable: bool = False
    """Nothing arrives at their phone, while others' take what is sent."""

    @property
    def is_available(self) -> bool:
        """Whether they can be asked, or rung."""
        return not self.paused_since and not self.is_unreachable

    @classmethod
    def from_redis(cls, operator_id: OperatorId, fields: dict[str, str]) -> Self:
        """Build from the operator's hash."""
        return cls(
            operator_id,
            fields["name"],
            fields["language"],
            {
                fields["group"]: fields["fingerprint"],
                **dict(json.loads(fields.get("more_groups", "[]"))),
            },
            _moment(fields["since_ms"]),
            _moment(fields["paused_ms"]) if "paused_ms" in fields else None,
        )

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that they are on duty in."""
        return tuple(self.fingerprints)


@dataclass(frozen=True)
class SignedOut:
    """Somebody whom a changed phrase has taken out of a group, and who is not yet told."""

    operator_id: OperatorId
    language: str
    group: str | None
    """None: they are off duty."""

    @property
    def field(self) -> str:
        """Their field in the hash that lists them."""
        return f"{self.operator_id}" if self.group is None else f"{self.operator_id}:{self.group}"


@dataclass(frozen=True)
class TakenOut:
    """Somebody who was taken off duty, or out of a group."""

    was: Operator | None
    """They as they were; None if they were not on duty there."""
    let_go: int
    """How many conversations they held that wait again."""


def _moment(ms: str) -> datetime:
    return datetime.fromtimestamp(int(ms) / 1000, UTC)


class Roster:
    """The operators on duty, by group."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._sign_in = script(redis, "roster/sign_in")
        self._sign_out = script(redis, "roster/sign_out")
        self._move_chat = script(redis, "roster/move_chat")
        self._known_as = script(redis, "roster/known_as")

    async def sign_in(  # noqa: PLR0913 - the fields of one record, by name
        self,
        operator_id: OperatorId,
        *,
        name: str,
        language: str,
        group: str,
        fingerprint: str,
        update_id: int,
    ) -> SignIn:
        """Put an operator on duty in a group; on duty in others they join it, too.

        `fingerprint` identifies the phrase without revealing it. A repeated update returns REPEATED
        and changes nothing; who is in the group already is left unchanged.
        """
        who = (operator_id, group, update_id, name, language, fingerprint)
        return SignIn(await self._sign_in(args=who))

    async def sign_out(
        self,
        operator_id: OperatorId,
        why: WhyOff = "off",
        *,
        group: str | None = None,
        fingerprint: str | None = None,
        update_id: int | None = None,
    ) -> Operator | None:
        """Take an operator off duty; return them as they were, or None if they were not on.

        See `take_out`.
        """
        taken_out = await self.take_out(
            operator_id, why, group=group, fingerprint=fingerprint, update_id=update_id
        )
        return taken_out.was

    async def take_out(
        self,
        operator_id: OperatorId,
        why: WhyOff,
        *,
        group: str | None = None,
        fingerprint: str | None = None,
        update_id: int | None = None,
    ) -> TakenOut:
        """Take an operator off duty; return them as they were, and how many wait again by it.

        With `group`, take them out of that group only; out of their last one they are off duty.
        Nobody if they were not in it. With `fingerprint`, only if that phrase let them in; then
        they are listed in `not_yet_notified`. With `update_id`, an open login ends too, and a
        repeated update returns the same.

        Their waiting deliveries are withdrawn before anything more is sent, and what only they had
        is offered to the others. With "off" they keep what they hold; for every other reason it
        waits for everyone at once.
        """
        update = "" if update_id is None else update_id
        flat = await self._sign_out(args=[operator_id, fingerprint or "", update, why, group or ""])
        fields = dict(zip(flat[::2], flat[1::2], strict=True))
        let_go = int(fields.pop("let_go", 0))
        was = Operator.from_redis(operator_id, fields) if fields else None
        return TakenOut(was, let_go)

    async def sign_out_old_phrases(
        self, known: Mapping[str, Collection[str]]
    ) -> list[tuple[OperatorId, str]]:
        """Take everyone out of the groups that have another phrase now, or no longer exist.

        `known` are the fingerprints of each group's phrase, see `known_phrases.recognise`.
        Return who left which group; they are listed in `not_yet_notified` until `mark_notified`. A
        second call finds nobody.
        """
        left = []
        for operator_id in await self._members(ON_DUTY):
            try:
                operator = await self.find(operator_id)
                for group, used in operator.fingerprints.items() if operator else ():
                    if used not in known.get(group, ()) and await self.sign_out(
                        operator_id, "phrase", group=group, fingerprint=used
                    ):
                        left.append((operator_id, group))
            except _UNREADABLE as error:
                _unreadable(operator_id, error)
        return left

    async def not_yet_notified(self) -> list[SignedOut]:
        """Return who was taken out of a group by a changed phrase and not yet notified."""
        off = cast("dict[str, str]", await self._redis.hgetall(SIGNED_OUT))
        left = cast("dict[str, str]", await self._redis.hgetall(LEFT_GROUPS))
        found = [SignedOut(OperatorId(int(one)), language, None) for one, language in off.items()]
        for operator_and_group, language in left.items():
            operator_id, _, group = operator_and_group.partition(":")
            found.append(SignedOut(OperatorId(int(operator_id)), language, group))
        return found

    async def mark_notified(self, signed_out: SignedOut) -> None:
        """Remove somebody from `not_yet_notified`."""
        key = SIGNED_OUT if signed_out.group is None else LEFT_GROUPS
        await self._redis.hdel(key, signed_out.field)

    async def move_chat(self, operator_id: OperatorId, chat_id: ChatId) -> None:
        """Send an operator's cards to another chat id from now on; no effect off duty."""
        await self._move_chat(args=[operator_id, chat_id])

    async def known_as(self, operator_id: OperatorId, *, name: str, language: str) -> None:
        """Use this name and language from now on; no effect off duty."""
        await self._known_as(args=[operator_id, name, language])

    async def find(self, operator_id: OperatorId) -> Operator | None:
        """Return the operator if they are on duty."""
        fields = await self._fields(operator_id)
        return Operator.from_redis(operator_id, fields) if fields else None

    async def find_readable(self, operator_id: OperatorId) -> Operator | None:
        """Return the operator if they are on duty; if their key cannot be read, log it: None."""
        try:
            return await self.find(operator_id)
        except _UNREADABLE as error:
            _unreadable(operator_id, error)
            return None

    async def on_duty(self, groups: Iterable[str]) -> list[Operator]:
        """Return who is on duty in any of these groups, the longest on duty first."""
        members = {member for group in groups for member in await self._members(duty_key(group))}
        found = [one for member in members if (one := await self.find_readable(member))]
        away = set(await self._members(UNREACHABLE))
        found = [replace(one, is_unreachable=one.id in away) for one in found]
        return sorted(found, key=lambda operator: (operator.since, operator.id))

    async def _members(self, key: str) -> list[OperatorId]:
        members = cast("list[str]", await self._redis.zrange(key, 0, -1))
        return [OperatorId(int(member)) for member in members]

    async def _fields(self, operator_id: OperatorId) -> dict[str, str]:
        try:
            return cast("dict[str, str]", await self._redis.hgetall(operator_key(operator_id)))
        except ResponseError as error:
            if is_of_wrong_type(error):
                raise Overwritten(f"{operator_key(operator_id)} is no hash") from error
            raise


_UNREADABLE = (Overwritten, KeyError, ValueError)


def _unreadable(operator_id: OperatorId, error: Exception) -> None:
    """Log an operator whose key another program has overwritten."""
    _log.error(
        "operator.unreadable",
        operator=operator_id,
        reason=repr(error),
        next_step=f"delete {operator_key(operator_id)}; they come on again with /on",
    )
