"""The stream of decisions, for a test that asks for it: who got what, and how much they held."""

import json
from typing import cast

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import Push
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import TEST_DECISIONS

from .by_rules import ASSIGNED, ONE_BY_ONE, go_by, tap, write


async def entries(redis: Redis) -> list[dict[str, str]]:
    found = cast("list[tuple[str, dict[str, str]]]", await redis.xrange(TEST_DECISIONS))
    return [fields for _, fields in found if "what" in fields]


async def decided(redis: Redis) -> list[tuple[str, str, str, str]]:
    """Return what was decided of which conversation, for whom, who held how many then."""
    return [
        (one["what"], one["conversation"], one["operator"], one["held"])
        for one in await entries(redis)
    ]


@pytest.fixture
async def asked_for(redis: Redis) -> None:
    await redis.xadd(TEST_DECISIONS, {"begins": "1"})


@pytest.mark.usefixtures("asked_for")
async def test_who_was_offered_what(redis: Redis, desk: Desk, push: Push) -> None:
    """Offered, declined, offered to the next, accepted, released; with the rules of then."""
    await go_by(redis, ASSIGNED)
    await write(desk, push, "c1")
    await tap(desk, 1, Verb.DECLINE, "c1")
    await tap(desk, 2, Verb.ACCEPT, "c1")
    await tap(desk, 2, Verb.CLOSE, "c1")
    assert await decided(redis) == [
        ("offered", "c1", "1", "0"),
        ("dropped", "c1", "1", "0"),
        ("offered", "c1", "2", "0"),
        ("claimed", "c1", "2", "1"),
        ("dropped", "c1", "2", "1"),
        ("let_go", "c1", "2", "0"),
        ("closed", "c1", "2", "0"),
    ]
    offered = (await entries(redis))[0]
    assert (offered["group"], offered["capacity"], offered["limit"]) == ("support", "1", "0")


@pytest.mark.usefixtures("asked_for")
async def test_what_stands_before_it_in_line(redis: Redis, desk: Desk, push: Push) -> None:
    """Those who wait before it, and whether they can be offered now."""
    await go_by(redis, ASSIGNED)
    for name in ("c1", "c2"):
        await write(desk, push, name)
    offers = [one for one in await entries(redis) if one["what"] == "offered"]
    assert [json.loads(one["before"]) for one in offers] == [[], [["c1", 1]]]


@pytest.mark.usefixtures("asked_for")
async def test_who_was_rung_by_a_wave(redis: Redis, desk: Desk, push: Push) -> None:
    """One after the other."""
    await go_by(redis, ONE_BY_ONE)
    await write(desk, push, "c1")
    await tap(desk, 1, Verb.DECLINE, "c1")
    assert [one[:3] for one in await decided(redis)] == [
        ("rung", "c1", "1"),
        ("rung", "c1", "2"),
    ]


async def test_nothing_is_written_elsewhere(redis: Redis, desk: Desk, push: Push) -> None:
    """No desk at work has the stream."""
    await go_by(redis, ASSIGNED)
    await write(desk, push, "c1")
    assert not await redis.exists(TEST_DECISIONS)
