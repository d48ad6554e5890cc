"""An admin takes somebody out of a group: they know the phrase, and do not come in again."""

import json
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from bot.phones import Running, answers, ask, next_answer, own, sign_in
from onduty_desk.model.bot_keys import ACTIONS
from onduty_desk.model.keys import OperatorId, claims_key
from onduty_desk.roster.actions import read_actions
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

ANNA, BORIS = OperatorId(101), OperatorId(102)
GROUPS = {"sales": "a good deal", "kick": "ball game"}


@pytest.fixture
async def chief(sandbox: Sandbox) -> Phone:
    return await sandbox.add_user(900, "Chief", language_code="en")


@pytest.fixture
async def desk(running: Running) -> AsyncIterator[None]:
    """A bot with three groups and an admin, who is off duty."""
    async with running(groups=GROUPS, admin_ids="900"):
        yield


async def groups(roster: Roster, operator_id: OperatorId) -> tuple[str, ...]:
    operator = await roster.find(operator_id)
    return operator.groups if operator else ()


@pytest.mark.usefixtures("desk")
async def test_who_is_kicked_is_out_and_stays_out(
    anna: Phone, chief: Phone, roster: Roster, redis: Redis
) -> None:
    """Of all groups, until /unkick; each is told what happened, and it is written down."""
    await sign_in(anna)
    await sign_in(anna, "a good deal")
    kicked = await ask(chief, "/kick anna")
    assert kicked.startswith("Anna (101) is out. Groups: support, sales, kick\n")
    assert await next_answer(anna, 4) == "An admin has taken you off duty."
    assert await groups(roster, ANNA) == ()
    for phrase, group in (("open sesame", "support"), ("a good deal", "sales")):
        refused = await sign_in(anna, phrase)
        assert refused.startswith(f"This is the phrase of the group {group}, but an admin has")
    await until(lambda: own(anna), equals=["/on"] * 4)
    assert await groups(roster, ANNA) == ()
    assert "Kept out until /unkick or an invite:\nAnna (101): support" in await ask(chief, "/team")

    assert (await ask(chief, "/unkick Anna sales")).startswith(
        "Anna (101) can sign in again: sales."
    )
    assert "started receiving" in await sign_in(anna, "a good deal")
    assert "an admin has taken you out" in await sign_in(anna, "open sesame")
    assert (await ask(chief, "/unkick 101")).startswith("Anna (101) can sign in again: support")
    assert (await ask(chief, "/unkick 101")).startswith("101 is not barred there.")
    done = [(action.kind, action.groups) for action in await read_actions(redis, 9)]
    assert done == [
        ("kick", ("support", "sales", "kick")),
        ("unkick", ("sales",)),
        ("unkick", ("support", "kick")),
    ]


@pytest.mark.usefixtures("desk")
async def test_one_is_kicked_out_of_one_group(anna: Phone, chief: Phone, roster: Roster) -> None:
    """The others go on, and can be joined."""
    await sign_in(anna)
    await sign_in(anna, "a good deal")
    assert "Groups: sales" in await ask(chief, "/kick Anna Sales")
    assert (await next_answer(anna, 4)).startswith("An admin has taken you out of the group sales.")
    assert await groups(roster, ANNA) == ("support",)
    assert "an admin has taken you out of it" in await sign_in(anna, "a good deal")
    assert "Your groups: support, kick" in await sign_in(anna, "ball game")


@pytest.mark.usefixtures("desk")
async def test_a_name_that_means_nobody_or_several_kicks_nobody(
    anna: Phone, chief: Phone, sandbox: Sandbox, roster: Roster
) -> None:
    """Each wrong one gets a sentence that helps."""
    other = await sandbox.add_user(103, "Anna")
    await sign_in(anna)
    await sign_in(other)
    assert (await ask(chief, "/kick")).startswith("Whom? Send /kick and an id or a name;")
    assert (await ask(chief, "/kick Zoe")).startswith("I know nobody of this name.")
    assert (await ask(chief, "/kick nosuch sales")).startswith("I know nobody of this name.")
    helps = "A group behind it means that one alone: support, sales, kick."
    assert (await ask(chief, "/kick Anna sells")).endswith(helps)
    several = await ask(chief, "/kick Anna")
    assert several == "Several are called so; send the id instead: Anna (101), Anna (103)"
    assert len(await roster.on_duty(["support"])) == 2
    assert "103 was not on duty" not in await ask(chief, "/kick 103")
    assert (await ask(chief, "/kick 4711")).startswith("4711 was not on duty there.")
    assert [one.id for one in await roster.on_duty(["support"])] == [101]


@pytest.mark.usefixtures("desk")
async def test_what_who_is_kicked_holds_waits_again(
    redis: Redis, anna: Phone, chief: Phone, roster: Roster
) -> None:
    """Also of somebody who has gone off duty, and kept it: the admin reads how many."""
    await sign_in(anna)
    await redis.hset("onduty:conversation:c1", mapping={"group": "support", "state": "claimed"})
    await redis.hset("onduty:conversation:c1", mapping={"owner": "101", "owner_name": "Anna"})
    await redis.zadd(claims_key(ANNA), {"c1": 1})
    await ask(anna, "/off")
    assert await redis.zcard(claims_key(ANNA)) == 1
    assert (await ask(chief, "/kick 101")).startswith(
        "101 was not on duty there. 1 customer whom they were answering waits again. Groups: "
    )
    assert await redis.zcard(claims_key(ANNA)) == 0
    assert await roster.find(ANNA) is None


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("command", ["/team", "/kick 101", "/unkick 101", "/invite sales", "/kick"])
async def test_for_others_these_are_unknown_commands(
    anna: Phone, boris: Phone, redis: Redis, command: str
) -> None:
    """On duty and off: nobody learns that there is such a command, or does anything by it."""
    await sign_in(anna)
    for phone in (anna, boris):
        unknown = await ask(phone, "/nosuchcommand 101")
        assert await ask(phone, command) == unknown
        assert "/team" not in unknown
        assert "/team" not in await ask(phone, "/help")
    assert await redis.exists(ACTIONS) == 0
    await until(lambda: own(boris), equals=["/help"])  # as any other text of a stranger


@pytest.mark.usefixtures("desk")
async def test_an_admin_sees_the_team_and_the_queue_off_duty(
    anna: Phone, chief: Phone, redis: Redis
) -> None:
    """Who is on, in what, how busy; who waits, without a button that would bring a card."""
    assert (await ask(chief, "/team")).startswith("0 on duty")
    await sign_in(anna)
    await sign_in(anna, "a good deal")
    await redis.zadd(claims_key(ANNA), {"c1": 1})
    team = await ask(chief, "/team")
    assert team.startswith("1 on duty\n\nAnna (101): support, sales · 1 customer · since ")
    assert "paused" not in team
    assert await ask(chief, "/queue") == "Nobody waits."
    assert "/team: " in await ask(chief, "/help")
    assert "/team: " in await ask(chief, "/nosuch")
    assert (await ask(chief, "/mine")).startswith("You are answering nobody.")
    await until(lambda: own(chief), equals=["/team", "/team", "/queue", "/help", "/mine"])


@pytest.mark.usefixtures("desk")
async def test_an_admin_sees_who_pauses(anna: Phone, chief: Phone) -> None:
    """And since when."""
    await sign_in(anna)
    await ask(anna, "/pause")
    assert " · paused since " in await ask(chief, "/team")


@pytest.mark.usefixtures("desk")
async def test_an_admin_in_a_group_chat_is_nobody(
    sandbox: Sandbox, chief: Phone, anna: Phone, roster: Roster
) -> None:
    """What others read is no place for it."""
    await sign_in(anna)
    await ask(chief, "/start")
    group = sandbox.phone(900, await sandbox.add_group("Team", [900, 101]))
    for command in ("/kick 101", "/invite sales", "/team"):
        await group.send(command)
    assert (await next_answer(group, 0)).startswith("Write to me privately:")
    await ask(chief, "/start")
    assert await groups(roster, ANNA) == ("support",)
    assert len(await answers(group)) == 1
    assert len(await answers(chief)) == 2


async def test_a_kick_that_is_handled_twice_is_one(
    running: Running, anna: Phone, chief: Phone, sandbox: Sandbox, redis: Redis
) -> None:
    """Telegram took no answer at first."""
    async with running(admin_ids="900"):
        await sign_in(anna)
        for one in ("c1", "c2"):
            key = f"onduty:conversation:{one}"
            await redis.hset(key, mapping={"group": "support", "state": "claimed"})
            await redis.hset(key, mapping={"owner": "101", "owner_name": "Anna"})
            await redis.zadd(claims_key(ANNA), {one: 1})
        await sandbox.fault("500", method="sendMessage")
        kicked = await ask(chief, "/kick Anna")
        assert kicked.startswith(
            "Anna (101) is out. 2 customers whom they were answering wait again.\n\n"
        )
        assert "group" not in kicked.lower()
        assert await next_answer(anna, 2) == (
            "An admin has taken you off duty.\n\n"
            "Whom you were answering there waits for the others."
        )
        assert len(await answers(anna)) == 3
    logged = await redis.lrange(ACTIONS, 0, -1)
    (kick,) = map(json.loads, logged)
    assert (kick["kind"], kick["whom"], kick["admin"]) == (
        "kick",
        {"id": "101", "name": "Anna"},
        {"id": "900", "name": "Chief"},
    )
