"""Finds keys that another program has overwritten with another type.

Redis's error does not name the key, so all keys are scanned. A key of one owner (a conversation, a
chat) is set aside, so that nothing waits behind it; a key of the whole desk is only logged, because
a person must decide.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast

import structlog
from redis.asyncio import Redis

from onduty_desk.failures.failures import Failures
from onduty_desk.lua.calling import script
from onduty_desk.model import KEYS
from onduty_desk.model.keys import ConversationId, aside_key

Owner = Literal["desk", "conversation", "other"]

_KEPT_S = 7 * 24 * 3600
_AT_ONCE = 1_000
_log = structlog.get_logger()


@dataclass(frozen=True)
class WrongType:
    """A key whose type is not the one in the schema."""

    name: str
    found: str
    wanted: str
    owner: Owner
    owner_id: str

    def __str__(self) -> str:
        return f"{self.name} is a {self.found} and must be a {self.wanted}"


async def wrong_types(redis: Redis) -> list[WrongType]:
    """Return the keys of a wrong type. It scans all keys, a thousand at a time."""
    wrong, cursor = [], 0
    while True:
        cursor, some = await redis.scan(cursor, match="onduty:*", count=_AT_ONCE)
        wrong += await _wrong_among(redis, cast("list[str]", some))
        if not cursor:
            return wrong


async def wrong_keys_of_the_desk(redis: Redis) -> list[WrongType]:
    """Return those of the keys that stand alone, in one round trip."""
    alone = [key.text for key in KEYS.values() if not key.is_family and key.type != "channel"]
    return await _wrong_among(redis, alone)


async def _wrong_among(redis: Redis, keys: Iterable[str]) -> list[WrongType]:
    known = [(key, expected) for key in keys if (expected := _expected(key))]
    async with redis.pipeline(transaction=False) as pipeline:
        for key, _ in known:
            pipeline.type(key)
        found = await pipeline.execute()
    return [
        WrongType(key, is_, must, owner, owner_id)
        for (key, (must, owner, owner_id)), is_ in zip(known, found, strict=True)
        if is_ not in {must, "none"}
    ]


async def set_wrong_types_aside(redis: Redis) -> list[WrongType]:
    """Rename such keys and keep them for a week; return what was found.

    A conversation whose key was found goes to the failed list. Keys of the whole desk stay. If
    several processes do it at once, one of them renames a key, and the list has it once.
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
    move = script(redis, "process/move_aside")
    return bool(await move(args=[key.name, key.found, aside_key(key.name), _KEPT_S]))


def _expected(key: str) -> tuple[str, Owner, str] | None:
    for known in KEYS.values():
        owner_id = key.removeprefix(known.text)
        is_it = owner_id not in {key, ""} if known.is_family else key == known.text
        if is_it and known.type not in {"any", "channel"}:
            owner: Owner = "other"
            if known.owner in {"desk", "conversation"}:
                owner = cast("Owner", known.owner)
            return known.type, owner, owner_id
    return None
