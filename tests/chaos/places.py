"""Finds conversations in a place where they do not belong: each is in exactly one."""

from collections.abc import Iterator
from typing import cast

from redis.asyncio import Redis

from chaos.truth import Known, Truth
from onduty_desk.model.keys import OperatorId, claims_key, offers_key, waiting_key

_WAITING = waiting_key("")
_CLAIMS = claims_key(OperatorId(0)).removesuffix("0")
_OFFERS = offers_key(OperatorId(0)).removesuffix("0")


async def in_other_places(redis: Redis, truth: Truth) -> list[str]:
    """Look through the lines of groups, and what operators own and are asked about."""
    found = []
    for place in (_WAITING, _CLAIMS, _OFFERS):
        async for key in redis.scan_iter(match=f"{place}*", count=1000):
            members = cast("list[str]", await redis.zrange(key, 0, -1))
            found += list(misplaced(truth, place, key.removeprefix(place), members))
    return found


def misplaced(truth: Truth, place: str, whose: str, members: list[str]) -> Iterator[str]:
    """Return those of a group's line, or of an operator, that belong elsewhere."""
    for name in members:
        known = truth.conversations.get(name)
        if not known or not _belongs(known, place, whose):
            yield f"{name} is in {place}{whose}, and it is {known.state if known else 'gone'}"


def _belongs(known: Known, place: str, whose: str) -> bool:
    state, owner = known.state
    if place == _WAITING:
        return state == "waiting" and known.fields.get("group") == whose
    if place == _CLAIMS:
        return state == "claimed" and str(owner) == whose
    return known.fields.get("pass_to") == whose
