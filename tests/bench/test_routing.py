"""The simulation of teams: its desk time, what it counts, and what must hold of small teams."""

import asyncio
from dataclasses import replace
from time import monotonic

import pytest
from redis.asyncio import Redis

from bench.routing.counting import Found, Growth, cannot, count
from bench.routing.moments import DeskTime
from bench.routing.people import HELD, Ways
from bench.routing.playing import Scenario, play
from bench.routing.tables import must_hold, sizes, teams
from bench.routing.telegram import Refusals, refusals
from onduty_desk.model.keys import ChatId
from onduty_desk.roster.group_rules import GroupRules

QUIET = Growth(0, 0, is_growing=False)
PILING_UP = Growth(10, 90, is_growing=True)


@pytest.mark.parametrize(
    "rules",
    [
        GroupRules(routing="waves", wave_size=1, capacity=HELD),
        GroupRules(routing="assigned", capacity=HELD),
    ],
    ids=lambda rules: rules.routing,
)
async def test_equally_idle_operators_get_equally_much(
    redis: Redis, redis_url: str, rules: GroupRules
) -> None:
    """Within one of even, at a pace that Telegram takes, with room left for everybody's board."""
    equally = Ways(sees_after_s=(1, 1), answers_for_s=(5, 5))
    scenario = Scenario(6, 0.2, rules, for_s=160, shortest_s=160, ways=equally)
    played = await play(redis, redis_url, scenario)
    found = count(played)
    assert len(played.people.claimed_at) > 25
    assert found.claims[1] - found.claims[0] <= 1
    assert found.is_bounded
    assert found.refused == 0
    assert found.kinds["boards"] > 0


async def test_desk_time_leaps_and_never_stands_still(redis: Redis) -> None:
    """Redis's scripts see the leap; while something is worked out, time goes on."""
    time, happened = DeskTime(redis), []

    async def note() -> None:
        happened.append(time.now)

    time.at(time.now + 600, note)
    assert time.due() == []
    began = monotonic()
    await time.leap_to(time.next)
    (happens,) = time.due()
    await happens()
    assert happened[0] >= 600
    assert await redis.get("onduty:test:clock-offset-ms") is not None
    at = time.now
    await asyncio.sleep(0.01)
    assert time.now > at
    await time.leap_to(at)
    assert time.now < 600 + (monotonic() - began) + 1


def test_what_telegram_would_refuse_is_counted() -> None:
    """More than 30 in any second, and two within a second into one chat."""
    spread = [(n / 29.9, ChatId(n)) for n in range(90)]
    assert refusals(spread) == Refusals(30, 0)
    assert refusals([*spread, (1.501, ChatId(1_000))]).refused == 1
    assert refusals([(0.0, ChatId(1)), (0.5, ChatId(1)), (1.0, ChatId(1))]) == Refusals(1, 1)


def test_what_is_too_far_off_is_left_out() -> None:
    """With the reason: too few people, or more rings than can ever be sent."""
    assert cannot(50, 2.0, "everyone", 115) == ""
    assert "answers 0.2 a second" in cannot(5, 2.0, "waves of 3", 115)
    assert "1,000 rings a second" in cannot(500, 2.0, "everyone", 115)
    assert cannot(500, 2.0, "assigned", 115) == ""


def test_a_routing_fits_if_nothing_piles_up_and_nobody_waits() -> None:
    """The quickest of those that fit is the first choice."""
    slow = _found()
    quick = replace(slow, claim_s=(3.0, 6.0))
    found: dict[tuple[int, float, str], Found | str] = {
        (50, 2.0, "everyone"): replace(quick, to_send=PILING_UP),
        (50, 2.0, "waves of 3"): quick,
        (50, 2.0, "assigned"): slow,
        (50, 5.0, "everyone"): "left out: such a team answers 2.2 a second",
        (50, 5.0, "assigned"): replace(slow, customers=PILING_UP),
        (50, 5.0, "waves of 3"): replace(quick, refused=1),
    }
    assert sizes(found).rows == [
        [50, 2.0, "waves of 3, assigned", "waves of 3"],
        [50, 5.0, "none", "–"],
    ]
    table = teams(found)
    assert {len(row) for row in table.rows} == {len(table.columns)}
    held = must_hold({("waves of 3", 3.0): slow})
    assert len(held.rows[0]) == len(held.columns)


def _found() -> Found:
    return Found(
        minutes=5.0,
        rings=3.0,
        budget=0.5,
        kinds={"cards": 3.0, "edits": 3.0, "boards": 3.0},
        ring_s=(0.1, 0.9),
        claim_s=(5.0, 9.0),
        claims=(3, 4),
        variation=0.1,
        customers=QUIET,
        to_send=QUIET,
        most_in_a_second=30,
        refused=0,
        redis=0.01,
        slowest="route 5",
    )
