"""Somebody is on duty in several groups: joined one by one, left one by one."""

import asyncio
import json

import pytest
from redis.asyncio import Redis

from onduty_desk.model.bot_keys import login_key
from onduty_desk.model.keys import OperatorId
from onduty_desk.model.roster_keys import LEFT_GROUPS, ON_DUTY, duty_key, operator_key
from onduty_desk.roster.logins import Asked, Locked, Login, OnDuty, Right, Wrong
from onduty_desk.roster.operators import Roster, SignedOut, SignIn

ANNA = OperatorId(101)
ALL = ("support", "sales", "billing")


@pytest.fixture
def login(redis: Redis) -> Login:
    return Login(redis)


@pytest.fixture
def roster(redis: Redis) -> Roster:
    return Roster(redis)


async def join(roster: Roster, group: str, update_id: int) -> SignIn:
    return await roster.sign_in(
        ANNA,
        name="Anna",
        language="en",
        group=group,
        fingerprint=f"of {group}",
        update_id=update_id,
    )


async def groups(roster: Roster) -> tuple[str, ...]:
    anna = await roster.find(ANNA)
    return anna.groups if anna else ()


async def members(redis: Redis) -> list[str]:
    """Return the groups in whose list Anna is."""
    return [group for group in ALL if await redis.zscore(duty_key(group), str(ANNA)) is not None]


async def test_a_second_group_is_joined_and_the_first_kept(redis: Redis, roster: Roster) -> None:
    """Since when one is on duty does not change; the same update once more changes nothing."""
    assert await join(roster, "support", 1) is SignIn.NEW
    since = await redis.hget(operator_key(ANNA), "since_ms")
    assert await join(roster, "sales", 2) is SignIn.JOINED
    assert await join(roster, "sales", 2) is SignIn.REPEATED
    assert await join(roster, "support", 3) is SignIn.ALREADY
    assert await groups(roster) == ("support", "sales")
    assert await members(redis) == ["support", "sales"]
    assert await redis.hget(operator_key(ANNA), "since_ms") == since


async def test_ten_joins_at_once_lose_no_group(redis: Redis, roster: Roster) -> None:
    """Two phones of one account give two phrases at the same moment."""
    await join(roster, "support", 1)
    groups_twice = [*ALL, *ALL]
    await asyncio.gather(*(join(roster, group, 2 + n) for n, group in enumerate(groups_twice)))
    assert sorted(await groups(roster)) == sorted(ALL)
    assert await members(redis) == list(ALL)


async def test_an_older_version_reads_the_first_group(redis: Redis, roster: Roster) -> None:
    """Where it has always been; who was signed in by such a version is in that group."""
    await join(roster, "support", 1)
    await join(roster, "sales", 2)
    fields = await redis.hgetall(operator_key(ANNA))
    assert (fields["group"], fields["fingerprint"]) == ("support", "of support")
    assert json.loads(fields["more_groups"]) == [["sales", "of sales"]]
    await redis.hdel(operator_key(ANNA), "more_groups")
    assert await groups(roster) == ("support",)


async def test_one_group_is_left_and_the_others_stay(redis: Redis, roster: Roster) -> None:
    """The first, too; the last one is going off duty."""
    for update, group in enumerate(ALL):
        await join(roster, group, update)
    was = await roster.sign_out(ANNA, group="support", update_id=10)
    assert was
    assert was.groups == ALL
    assert await roster.sign_out(ANNA, group="support", update_id=10) == was
    assert await roster.sign_out(ANNA, group="support", update_id=11) is None
    assert await groups(roster) == ("sales", "billing")
    assert await members(redis) == ["sales", "billing"]
    assert await redis.hget(operator_key(ANNA), "group") == "sales"
    await roster.sign_out(ANNA, group="billing", update_id=12)
    assert not await redis.hexists(operator_key(ANNA), "more_groups")
    await roster.sign_out(ANNA, group="sales", update_id=13)
    assert await roster.find(ANNA) is None
    assert await redis.exists(ON_DUTY, *map(duty_key, ALL)) == 0


async def test_off_leaves_all_groups(redis: Redis, roster: Roster) -> None:
    """Nobody stays in a list of a group."""
    for update, group in enumerate(ALL):
        await join(roster, group, update)
    assert await roster.sign_out(ANNA, update_id=10)
    assert await redis.exists(operator_key(ANNA), ON_DUTY, *map(duty_key, ALL)) == 0


async def test_a_changed_phrase_ends_one_group(redis: Redis, roster: Roster) -> None:
    """Who is in others stays on duty in them, and is told of the one; the last one is off duty."""
    for update, group in enumerate(ALL):
        await join(roster, group, update)
    valid = {"support": "of support", "sales": "another", "billing": "of billing"}
    assert await roster.sign_out_old_phrases(valid) == [(ANNA, "sales")]
    assert await roster.sign_out_old_phrases(valid) == []
    assert await groups(roster) == ("support", "billing")
    told = SignedOut(ANNA, "en", "sales")
    assert await roster.not_yet_notified() == [told]
    await roster.mark_notified(told)
    assert await redis.exists(LEFT_GROUPS) == 0
    assert await roster.sign_out_old_phrases({}) == [(ANNA, "support"), (ANNA, "billing")]
    assert {one.group for one in await roster.not_yet_notified()} == {"support", None}
    assert await roster.find(ANNA) is None


async def test_who_joins_again_is_not_told_any_more(roster: Roster) -> None:
    """They know."""
    await join(roster, "support", 1)
    await join(roster, "sales", 2)
    await roster.sign_out_old_phrases({"support": "of support"})
    await join(roster, "sales", 3)
    assert await roster.not_yet_notified() == []


async def test_on_duty_the_phrase_of_another_group_is_a_try(login: Login, roster: Roster) -> None:
    """Counted like a sign-in: five wrong ones lock, and who is locked still is on duty."""
    assert await login.begin(ANNA, 1, ALL) == Asked()
    await join(roster, "support", 2)
    assert await login.judge(ANNA, 3, is_phrase=True) == OnDuty()
    assert await login.begin(ANNA, 4, ALL) == OnDuty(("support",), may_join=True)
    assert await login.judge(ANNA, 5, is_phrase=True, meant_for="card") == OnDuty()
    assert await login.judge(ANNA, 6, is_phrase=False) == Wrong(4)
    assert await login.judge(ANNA, 7, is_phrase=True) == Right()
    assert await join(roster, "sales", 7) is SignIn.JOINED
    assert await login.judge(ANNA, 8, is_phrase=True) == OnDuty()
    await login.begin(ANNA, 9, ALL)
    verdicts = [await login.judge(ANNA, n, is_phrase=False) for n in range(10, 15)]
    assert isinstance(verdicts[-1], Locked)
    assert await login.judge(ANNA, 15, is_phrase=True) == OnDuty()
    assert await login.begin(ANNA, 16, ALL) == OnDuty(("support", "sales"))
    assert await groups(roster) == ("support", "sales")


async def test_who_is_in_all_groups_is_asked_for_none(
    redis: Redis, login: Login, roster: Roster
) -> None:
    """So is everybody where there is one."""
    await join(roster, "support", 1)
    assert await login.begin(ANNA, 2, ["support"]) == OnDuty(("support",))
    assert await login.begin(ANNA, 3) == OnDuty(("support",))
    assert await redis.exists(login_key(ANNA)) == 0
