"""Finds keys that somebody else has overwritten with another type: Redis does not say which.

What belongs to one owner is set aside, so that nothing behind it waits; what belongs to the whole
desk is only told, because a person must decide.
"""

import re
from dataclasses import dataclass
from typing import Literal, cast

import structlog
from redis.asyncio import Redis

from onduty_desk.failures.failures import Failures
from onduty_desk.lua.loader import script
from onduty_desk.model.keys import ConversationId, aside_key

Owner = Literal["desk", "conversation", "other"]

_KEPT_S = 7 * 24 * 3600
_AT_ONCE = 1_000
_CONVERSATION = {
    "hash": "conversation|copies|cursor|events-trying",
    "list": "inbox|events",
    "zset": "messages",
}
_OTHER = {
    "hash": "operator|chat|deliveries",
    "zset": "outbox|redraws|shown|claims|updates",
    "string": "message|card",
}
_DESK = {
    "hash": "failures|signed-out|telegram|clock",
    "zset": "accepted|due|duty|events|failed|processes|updates|duty:.+|waiting:.+|timetable:.+"
    "|pace:refusals|updates-first|updates-aside|behind|telegram:failing",
    "string": "bot|clock-read|heard|telegram:asking|events-wanted|poller|pace:slot|pace:pause"
    "|pace:turn",
    "list": "updates-set-aside",
}
"""The names of keys after `onduty:`, by their type, as keys.py has them; an owner's id follows."""


def _patterns() -> list[tuple[re.Pattern[str], str, Owner]]:
    found: list[tuple[re.Pattern[str], str, Owner]] = []
    for kind, names in _DESK.items():
        found.append((re.compile(f"onduty:({names})"), kind, "desk"))
    for owner, table in (("conversation", _CONVERSATION), ("other", _OTHER)):
        for kind, names in table.items():
            pattern = re.compile(f"onduty:(?:{names}):(.+)", re.DOTALL)
            found.append((pattern, kind, cast("Owner", owner)))
    return found


_PATTERNS = _patterns()
_log = structlog.get_logger()


@dataclass(frozen=True)
class WrongType:
    """A key that is not what the desk writes there."""

    name: str
    found: str
    wanted: str
    owner: Owner
    owner_id: str

    def __str__(self) -> str:
        return f"{self.name} is a {self.found} and must be a {self.wanted}"


async def wrong_types(redis: Redis) -> list[WrongType]:
    """Return the keys of a wrong type. It looks at each key there is, a thousand at a time."""
    wrong, cursor = [], 0
    while True:
        cursor, some = await redis.scan(cursor, match="onduty:*", count=_AT_ONCE)
        keys = cast("list[str]", some)
        known = [(key, expected) for key in keys if (expected := _expected(key))]
        async with redis.pipeline(transaction=False) as together:
            for key, _ in known:
                together.type(key)
            found = await together.execute()
        wrong += [
            WrongType(key, is_, must, owner, owner_id)
            for (key, (must, owner, owner_id)), is_ in zip(known, found, strict=True)
            if is_ not in {must, "none"}
        ]
        if not cursor:
            return wrong


async def set_wrong_types_aside(redis: Redis) -> list[WrongType]:
    """Take those keys out of the way under another name, for a week; return what was found.

    The conversation whose key it is stands on the failed list from now on. Keys of the whole desk
    are left. Done by several processes at once, one of them moves a key; the list holds it once.
    """
    found = await wrong_types(redis)
    for key in found:
        if key.owner == "conversation":
            await Failures(redis).set_aside(ConversationId(key.owner_id), str(key))
        if key.owner != "desk" and await _move_aside(redis, key):
            next_step = f"find out who wrote it; it is kept as {aside_key(key.name)} for a week"
            _log.error("redis.wrong_type", key=key.name, reason=str(key), next_step=next_step)
    return found


async def _move_aside(redis: Redis, key: WrongType) -> bool:
    move = script(redis, "move_aside")
    return bool(await move(args=[key.name, key.found, aside_key(key.name), _KEPT_S]))


def _expected(key: str) -> tuple[str, Owner, str] | None:
    for pattern, kind, owner in _PATTERNS:
        if found := pattern.fullmatch(key):
            return kind, owner, found[1]
    return None
