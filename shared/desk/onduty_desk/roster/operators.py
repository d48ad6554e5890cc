"""The roster: who is on duty, by group, and how they are known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal, Self, cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from onduty_desk.lua.calling import script
from onduty_desk.model.keys import ON_DUTY, SIGNED_OUT, ChatId, OperatorId, duty_key, operator_key
from onduty_desk.process.redis_away import is_of_wrong_type

_log = structlog.get_logger()


class Overwritten(Exception):  # noqa: N818 - it is what happened
    """Another program has overwritten an operator's key."""


WhyOff = Literal["off", "blocked", "removed", "phrase", "unreachable"]
"""Only "off" is the operator's own decision."""


class SignIn(StrEnum):
    """The result of signing in."""

    NEW = "new"
    REPEATED = "repeated"
    ALREADY = "already"


@dataclass(frozen=True)
class Operator:
    """An operator on duty, known by Telegram id."""

    id: OperatorId
    name: str
    language: str
    group: str
    since: datetime

    @classmethod
    def from_redis(cls, operator_id: OperatorId, fields: dict[str, str]) -> Self:
        """Build from the operator's hash."""
        return cls(
            operator_id,
            fields["name"],
            fields["language"],
            fields["group"],
            datetime.fromtimestamp(int(fields["since_ms"]) / 1000, UTC),
        )


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
        """Put an operator on duty in a group, and offer them its waiting conversations.

        `fingerprint` identifies the phrase without revealing it. A repeated update returns REPEATED
        and changes nothing; an operator on duty is left unchanged.
        """
        fields = {"name": name, "language": language, "fingerprint": fingerprint}
        pairs = [part for pair in fields.items() for part in pair]
        return SignIn(await self._sign_in(args=[operator_id, group, update_id, *pairs]))

    async def sign_out(
        self,
        operator_id: OperatorId,
        why: WhyOff = "off",
        *,
        fingerprint: str | None = None,
        update_id: int | None = None,
    ) -> Operator | None:
        """Take an operator off duty; return them as they were, or None if they were not on.

        With `fingerprint`, only if that phrase signed them in; then they are listed in
        `not_yet_notified`. With `update_id`, an open login ends too, and a repeated update returns
        the same. Their waiting deliveries are withdrawn before anything more is sent, and what only
        they had is offered to the others. With "off" they keep what they hold; for every other
        reason it waits for everyone at once.
        """
        update = "" if update_id is None else update_id
        flat = await self._sign_out(args=[operator_id, fingerprint or "", update, why])
        fields = dict(zip(flat[::2], flat[1::2], strict=True))
        return Operator.from_redis(operator_id, fields) if fields else None

    async def sign_out_old_phrases(self, fingerprints: dict[str, str]) -> list[Operator]:
        """Sign out everyone whose group has another phrase now, or no longer exists; return them.

        They are listed in `not_yet_notified` until `mark_notified`. A second call finds nobody.
        """
        signed_out = []
        for operator_id in await self._members(ON_DUTY):
            try:
                fields = await self._fields(operator_id)
                if not fields or fields["fingerprint"] == fingerprints.get(fields["group"]):
                    continue
                used = fields["fingerprint"]
                if operator := await self.sign_out(operator_id, "phrase", fingerprint=used):
                    signed_out.append(operator)
            except _UNREADABLE as error:
                _unreadable(operator_id, error)
        return signed_out

    async def not_yet_notified(self) -> dict[OperatorId, str]:
        """Return operators signed out by a changed phrase and not yet notified, with language."""
        return {
            OperatorId(int(operator_id)): str(language)
            for operator_id, language in (await self._redis.hgetall(SIGNED_OUT)).items()
        }

    async def mark_notified(self, operator_id: OperatorId) -> None:
        """Remove an operator from `not_yet_notified`."""
        await self._redis.hdel(SIGNED_OUT, str(operator_id))

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
        """Return who is on duty in these groups, the longest on duty first."""
        members = [member for group in groups for member in await self._members(duty_key(group))]
        found = [one for member in members if (one := await self.find_readable(member))]
        return sorted(found, key=lambda operator: operator.since)

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
