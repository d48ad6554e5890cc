"""A link lets one person join a group, once, within a day."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.phones import Running, ask, next_answer, own, sign_in
from onduty_bot.signing_in.phrases import Phrases
from onduty_bot.updates.stored import Stored
from onduty_desk.model.keys import OperatorId
from onduty_desk.roster.actions import read_actions
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

ANNA = OperatorId(101)
GROUPS = {"sales": "a good deal", "start": "fresh fish"}
NO_MORE = "This invite does not work: each works once, for a day. Ask for a new one."
MoveClock = Callable[[timedelta], Awaitable[None]]


@pytest.fixture
async def chief(sandbox: Sandbox) -> Phone:
    return await sandbox.add_user(900, "Chief", language_code="en")


@pytest.fixture
async def desk(running: Running) -> AsyncIterator[None]:
    async with running(groups=GROUPS, admin_ids="900"):
        yield


async def invite(chief: Phone, group: str = "sales") -> str:
    """Return the token of a new invite."""
    sent = await chief.send(f"/invite {group}")
    message = await chief.wait_for("?start=", after=sent)
    found = re.search(r"https://\S+\?start=([A-Za-z0-9_-]{22})$", message.text)
    assert found, message.text
    return found[1]


async def groups(roster: Roster) -> tuple[str, ...]:
    anna = await roster.find(ANNA)
    return anna.groups if anna else ()


@pytest.mark.usefixtures("desk")
async def test_an_invite_lets_somebody_in_once(
    anna: Phone, boris: Phone, chief: Phone, roster: Roster, redis: Redis
) -> None:
    """The admin is told who it was; the second one is told what to do."""
    token = await invite(chief)
    assert (await ask(anna, f"/start {token}")).startswith(
        "You've started receiving messages\n\nYour group: sales\n\nSend /off to stop."
    )
    assert await groups(roster) == ("sales",)
    await chief.wait_for("Anna (101) has used your invite to the group sales.")
    await until(lambda: own(anna), equals=[])
    assert (await ask(boris, f"/start {token}")).startswith("Это приглашение не действует")
    assert [one.kind for one in await read_actions(redis, 9)] == ["invite", "joined"]


@pytest.mark.usefixtures("desk")
async def test_who_is_on_duty_joins_one_more_group(
    anna: Phone, chief: Phone, roster: Roster
) -> None:
    """Who is in that group already does not use it up."""
    await sign_in(anna)
    token = await invite(chief)
    assert "Your groups: support, sales" in await ask(anna, f"/start {token}")
    second = await invite(chief)
    assert (await ask(anna, f"/start {second}")).startswith("You are already an operator")
    await ask(anna, "/off")
    assert "Your group: sales" in await ask(anna, f"/start {second}")
    assert await groups(roster) == ("sales",)


@pytest.mark.usefixtures("desk")
async def test_of_ten_at_the_same_moment_one_comes_in(
    sandbox: Sandbox, chief: Phone, roster: Roster
) -> None:
    """A link that was posted where many read it."""
    people = [await sandbox.add_user(300 + n, f"Person {n}") for n in range(10)]
    token = await invite(chief)
    said = await asyncio.gather(*(ask(one, f"/start {token}") for one in people))
    assert sorted(text == NO_MORE for text in said) == [False] + [True] * 9
    assert len(await roster.on_duty(["sales"])) == 1


@pytest.mark.usefixtures("desk")
async def test_guesses_and_other_links_let_nobody_in(
    anna: Phone, chief: Phone, roster: Roster, redis: Redis
) -> None:
    """What Redis keeps is of no use either."""
    await invite(chief)
    (key,) = map(str, await redis.keys("onduty:invite:*"))
    for guess in ("A" * 22, key.rpartition(":")[2], "invite", "x" * 64):
        said = await ask(anna, f"/start {guess}")
        assert said == NO_MORE or said.startswith("Welcome to Support_Bot!")
        await redis.delete("onduty:answered:101")
    assert await groups(roster) == ()


@pytest.mark.usefixtures("desk")
async def test_after_a_day_it_is_over(
    anna: Phone, chief: Phone, roster: Roster, move_clock: MoveClock
) -> None:
    """A link in an old message opens nothing."""
    token, late = await invite(chief), await invite(chief)
    await move_clock(timedelta(hours=23, minutes=59))
    assert "started receiving" in await ask(anna, f"/start {token}")
    await ask(anna, "/off")
    await move_clock(timedelta(hours=24, minutes=1))
    assert await ask(anna, f"/start {late}") == NO_MORE
    assert await groups(roster) == ()


async def test_a_changed_phrase_ends_what_came_by_invite(
    anna: Phone, boris: Phone, chief: Phone, running: Running, roster: Roster
) -> None:
    """Who came by it is out, and an invite that nobody has used lets nobody in."""
    async with running(groups=GROUPS, admin_ids="900"):
        token, unused = await invite(chief), await invite(chief)
        await ask(anna, f"/start {token}")
    async with running(groups={"sales": "another deal"}, admin_ids="900"):
        assert (await next_answer(anna, 1)).startswith("The secret phrase has changed")
        assert await groups(roster) == ()
        assert (await ask(boris, f"/start {unused}")).startswith("Это приглашение не действует")


@pytest.mark.usefixtures("desk")
async def test_an_invite_lets_in_who_was_kicked(anna: Phone, chief: Phone, roster: Roster) -> None:
    """Into that group; the phrases of the others still do not."""
    await sign_in(anna)
    await ask(chief, "/kick Anna")
    await next_answer(anna, 2)
    assert "started receiving" in await ask(anna, f"/start {await invite(chief)}")
    assert "an admin has taken you out" in await sign_in(anna, "open sesame")
    await ask(anna, "/off")
    assert "started receiving" in await sign_in(anna, "a good deal")
    assert await groups(roster) == ("sales",)


@pytest.mark.usefixtures("desk")
async def test_a_wrong_group_is_answered_with_those_there_are(chief: Phone, redis: Redis) -> None:
    """A group called like a command is a group."""
    assert await ask(chief, "/start zvK4lFY") == NO_MORE  # a part of a link
    for wrong in ("/invite", "/invite nosuch", "/invite sales support"):
        said = await ask(chief, wrong)
        assert said == "Which group? Send /invite and one of these: support, sales, start"
    assert await redis.keys("onduty:invite:*") == []
    assert await invite(chief, "START")


async def test_with_one_group_its_name_may_be_left_out(chief: Phone, running: Running) -> None:
    """Whatever stands there."""
    async with running(admin_ids="900"):
        assert "is on duty in the group support" in await ask(chief, "/invite")


def test_a_token_is_in_no_stored_update() -> None:
    """Only its hash stands beside the update; a reply that quotes the link has none."""
    token, phrases = "A1b2C3d4E5f6G7h8J9k0_-", Phrases({"support": "open sesame"}, "42:token")
    quoted = {"text": f"the link https://t.me/bot?start={token} is yours", "entities": []}
    message = {"text": f"/start {token}", "reply_to_message": quoted}
    stored = Stored.of({"update_id": 1, "message": message}, phrases)
    assert token not in stored.packed()
    assert stored.invite
    again = Stored.read(json.loads(stored.packed()), phrases)
    assert again == stored
    older = Stored.read({"update_id": 1, "message": message}, phrases)
    assert older.invite == stored.invite
    forged = {"update_id": 2, "invite": stored.invite, "message": {"text": "/start •••"}}
    assert Stored.of(forged, phrases).invite is None
    assert Stored.read(forged, phrases).invite is None
