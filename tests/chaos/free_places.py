"""Judges, whenever it is asked, that no place is free while somebody waits in a group that assigns.

It reads lines, operators and rules by itself, at one moment, and counts room anew: nothing of what
the desk chooses by is used.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty.wire import ACCEPTED
from onduty_desk.model.keys import (
    ConversationId,
    OperatorId,
    claims_key,
    conversation_key,
    offers_key,
    waiting_key,
)
from onduty_desk.model.roster_keys import GROUP_RULES, PAUSED, UNREACHABLE, duty_key, operator_key

LOOK_EVERY_S = 0.5

_SNAPSHOT = """
local group, found = ARGV[1], { line = {}, operators = {}, owned = {} }
local function fields(key)
  local flat, all = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do all[flat[i]] = flat[i + 1] end
  return all
end
for _, id in ipairs(redis.call('ZRANGE', ARGV[2] .. group, 0, 99)) do
  local one = fields(ARGV[3] .. id)
  one.id, one.is_to_be_routed = id, redis.call('ZSCORE', ARGV[4], id) and 'yes' or nil
  table.insert(found.line, one)
end
for _, operator in ipairs(redis.call('ZRANGE', ARGV[5] .. group, 0, -1)) do
  local one = fields(ARGV[6] .. operator)
  one.id, one.is_paused = operator, redis.call('ZSCORE', ARGV[7], operator) and 'yes' or nil
  one.is_away = redis.call('ZSCORE', ARGV[11], operator) and 'yes' or nil
  table.insert(found.operators, one)
  for _, kind in ipairs({ ARGV[8], ARGV[9] }) do
    for _, id in ipairs(redis.call('ZRANGE', kind .. operator, 0, -1)) do
      found.owned[id] = fields(ARGV[3] .. id)
    end
  end
end
found.rules = redis.call('HGET', ARGV[10], group) or '{}'
return cjson.encode(found)
"""


@dataclass(frozen=True)
class Snapshot:
    """A group at one moment."""

    group: str
    capacity: int
    line: Sequence[Mapping[str, str]]
    """The first that wait, the most urgent and oldest before the others."""
    operators: Sequence[Mapping[str, str]]
    """On duty there."""
    owned: Mapping[str, Mapping[str, str]]
    """What somebody of them owns, or is asked about."""


async def read_snapshot(redis: Redis, group: str) -> Snapshot:
    """Read it in one step, so that no decision lies in between."""
    nobody, nothing = OperatorId(0), ConversationId("")
    prefixes = (
        *(waiting_key(""), conversation_key(nothing), ACCEPTED, duty_key("")),
        *(operator_key(nobody).removesuffix("0"), PAUSED),
        *(claims_key(nobody).removesuffix("0"), offers_key(nobody).removesuffix("0"), GROUP_RULES),
        UNREACHABLE,
    )
    answer = redis.eval(_SNAPSHOT, 0, group, *prefixes)
    found = json.loads(await cast("asyncio.Future[str]", answer))
    capacity = int(json.loads(found["rules"]).get("capacity", 0))
    owned = found["owned"] or {}
    return Snapshot(group, capacity, found["line"] or [], found["operators"] or [], owned)


def free_while_waiting(now: Snapshot) -> Iterator[str]:
    """Return each who waits and could be offered to somebody this moment."""
    free = [one for one in now.operators if _is_free(one, now)]
    for waiting in now.line:
        if not _can_be_offered(waiting):
            continue
        tried = (waiting.get("tried") or _who_gave_it(waiting)).split()
        for one in free:
            if one["id"] not in tried:
                yield f"{waiting['id']} waits, and {one['id']} is free"
                break


def _can_be_offered(one: Mapping[str, str]) -> bool:
    put_off = {"pass_to", "answered", "first_until_ms", "rung", "is_to_be_routed"}
    return one.get("state", "waiting") == "waiting" and not put_off & one.keys()


def _who_gave_it(one: Mapping[str, str]) -> str:
    is_passed = one.get("ring") == "conversation.delegated"
    return one.get("returned_by") or (is_passed and one.get("ring_except")) or ""


def _is_free(one: Mapping[str, str], now: Snapshot) -> bool:
    operator, limit = one["id"], int(one.get("limit", 0))
    if "is_paused" in one or "is_away" in one:
        return False
    theirs = [it for it in now.owned.values() if it.get("owner") == operator]
    if any(it.get("pass_to") == operator for it in now.owned.values()):
        return False  # one at a time
    in_group = sum(it.get("group") == now.group for it in theirs)
    has_room = not now.capacity or in_group < now.capacity
    return has_room and (not limit or len(theirs) < limit)


@dataclass
class FreePlaces:
    """Looks again and again, and at the end."""

    redis: Redis
    group: str
    found: list[str] = field(default_factory=list)
    looks: Counter[str] = field(default_factory=Counter)
    """How often, and how often while somebody waited."""

    async def watch(self) -> None:
        """Look until cancelled; while Redis is away nothing is seen."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except (RedisError, OSError):
                self.looks["Redis was away"] += 1

    async def look(self) -> None:
        """Look once; what was found before is not noted again."""
        snapshot = await read_snapshot(self.redis, self.group)
        self.looks["somebody waited" if snapshot.line else "nobody waited"] += 1
        self.found += [it for it in free_while_waiting(snapshot) if it not in self.found]
