"""Several groups, on a phone: joined, named, left; with one group nobody sees anything of it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from redis.asyncio import Redis

from bot.customers import Customers, claim, dispatching, waiting, writing
from bot.customers import ask as ask_among_cards
from bot.phones import Running, answers, ask, next_answer, own, sign_in
from onduty_desk.model.keys import ConversationId, OperatorId, conversation_key
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

ANNA = OperatorId(101)
GROUPS = {"sales": "a good deal", "off": "lights out"}


async def groups(roster: Roster) -> tuple[str, ...]:
    anna = await roster.find(ANNA)
    return anna.groups if anna else ()


async def test_one_joins_another_group_by_its_phrase(
    anna: Phone, running: Running, roster: Roster
) -> None:
    """/on on duty says how; what is sent then is removed, whatever it is."""
    async with running(groups=GROUPS):
        await sign_in(anna)
        asked = await ask(anna, "/on")
        assert asked.startswith(
            "You are already an operator\n\nYour group: support\n\n"
            "To join another, give its phrase."
        )
        assert (await ask(anna, "a good dael")).startswith("Wrong secret phrase, try again")
        joined = await ask(anna, "A good deal")
        assert joined.startswith(
            "You've started receiving messages\n\nYour groups: support, sales\n\nSend /off to stop."
        )
        await until(lambda: own(anna), equals=["/on", "/on"])
        assert await groups(roster) == ("support", "sales")
        again = await ask(anna, "/on")
        assert "Your groups: support, sales" in again
        assert "/off sales leaves one group." in again
        assert "Your groups: support, sales" in await ask(anna, "a good deal")
        assert "Your groups: support, sales" in await ask(anna, "/status")


async def test_a_phrase_without_on_joins_nothing(
    anna: Phone, running: Running, roster: Roster
) -> None:
    """As off duty: it is asked for first, so that a pasted one does not sign in by accident."""
    async with running(groups=GROUPS):
        await sign_in(anna)
        assert "I removed the secret phrase" in await ask(anna, "a good deal")
        await until(lambda: own(anna), equals=["/on"])
    assert await groups(roster) == ("support",)


async def test_off_takes_a_group_or_all(anna: Phone, running: Running, roster: Roster) -> None:
    """Capitals do not count; a group may be called like a command."""
    async with running(groups=GROUPS):
        await sign_in(anna)
        await sign_in(anna, "a good deal")
        await sign_in(anna, "lights out")
        assert await groups(roster) == ("support", "sales", "off")
        for wrong in ("/off nosuch", "/off support sales", "/off " + "x" * 3000, "/off */"):
            said = await ask(anna, wrong)
            assert said.startswith("You are in no group of this name.\n\nYour groups: support")
        left = await ask(anna, "/off Support")
        assert left == (
            "You've stopped receiving messages of the group support\n\nYour groups: sales, off"
        )
        assert (await ask(anna, "/off support")).startswith("You are in no group of this name.")
        assert (await ask(anna, "/off off")).endswith("group off\n\nYour group: sales")
        assert (await ask(anna, "/off sales")).startswith("You've stopped receiving messages\n\n")
        assert await groups(roster) == ()
        for name in ("sales", "nosuch"):  # who is off duty does not learn which groups there are
            assert (await ask(anna, f"/off {name}")).startswith("You are not an operator anyway")


async def test_off_leaves_all_groups(anna: Phone, running: Running, roster: Roster) -> None:
    """Without a name."""
    async with running(groups=GROUPS):
        await sign_in(anna)
        await sign_in(anna, "a good deal")
        assert (await ask(anna, "/off")).startswith("You've stopped receiving messages\n\nSend /on")
    assert await groups(roster) == ()


@pytest.mark.usefixtures("bot")
async def test_with_one_group_nobody_sees_anything_of_groups(anna: Phone) -> None:
    """No new words, and a word behind /off changes nothing."""
    await sign_in(anna)
    assert await ask(anna, "/on") == (
        "You are already an operator\n\nSend /off to stop receiving messages."
    )
    await ask(anna, "hello")
    for command in ("/status", "/off nosuch"):
        await ask(anna, command)
    assert not [text for text in await answers(anna) if "group" in text.lower()]
    assert (await ask(anna, "/status")).startswith("You are off duty.")


async def test_a_changed_phrase_signs_out_of_that_group_only(
    anna: Phone, running: Running, roster: Roster
) -> None:
    """The other goes on; one is told which, once, and joins again with the new one."""
    async with running(groups=GROUPS):
        await sign_in(anna)
        await sign_in(anna, "a good deal")
    async with running(groups={"sales": "a better deal"}):
        told = await next_answer(anna, 4)
        assert told.startswith(
            "The secret phrase of the group sales has changed, so you've stopped"
        )
        assert await groups(roster) == ("support",)
        assert "Your groups: support, sales" in await sign_in(anna, "a better deal")
    async with running(groups={"sales": "a better deal"}):
        assert "Your groups: support, sales" in await ask(anna, "/status")
    assert sum("has changed" in text for text in await answers(anna)) == 1


@pytest.fixture
def two_groups(
    redis: Redis, running: Running, sandbox: Sandbox, token: str, redis_url: str
) -> AbstractAsyncContextManager[Customers]:
    """A desk of two groups at work."""

    @asynccontextmanager
    async def at_work() -> AsyncIterator[Customers]:
        async with running(groups=GROUPS), dispatching(redis, sandbox, token):
            yield writing(redis_url)

    return at_work()


async def test_leaving_a_group_offers_to_pass_on_what_is_held_of_it(
    redis: Redis,
    two_groups: AbstractAsyncContextManager[Customers],
    anna: Phone,
    bob: Phone,
) -> None:
    """Only that; what is held of the other stays out of it."""
    async with two_groups as customers:
        await sign_in(anna)
        await sign_in(anna, "a good deal")
        await sign_in(bob, "a good deal")
        customers("Carol")
        customers("Dave", group="sales")
        await claim(anna, "Carol")
        await claim(anna, "Dave")
        held = await ask_among_cards(anna, "/status")
        assert "\n\nYou are answering 2 customers\n\nAlso on duty: Bob" in held
        left = await ask_among_cards(anna, "/off sales")
        assert "You are still answering 1 customer:\n\n1. Dave" in left
        off = await anna.wait_for("You've stopped receiving messages of the group sales")
        assert off.button_texts == ["Release all", "Pass to Bob", "Close 1"]
        asked = "Bob is asked to take 1 customer: if they do not, it waits for everyone"
        assert (await anna.tap(off.message_id, "Pass to Bob")).text == asked
        await anna.wait_for(lambda m: (m.message_id, m.text) == (off.message_id, asked))
        asked_of = [
            await redis.hmget(conversation_key(ConversationId(f"of {name}")), "owner", "pass_to")
            for name in ("Carol", "Dave")
        ]
        assert asked_of == [["101", None], [None, "202"]]


async def test_lists_name_the_group_of_each_row(
    redis: Redis, two_groups: AbstractAsyncContextManager[Customers], anna: Phone
) -> None:
    """Of who is in several; the others' lists are as before."""
    async with two_groups as customers:
        customers("Carol")
        customers("Dave", group="sales")
        await waiting(redis, 1)
        await sign_in(anna)
        assert "1. Carol: waits" in await ask_among_cards(anna, "/queue")
        await sign_in(anna, "a good deal")
        await anna.wait_for("I am Dave")
        queue = await ask_among_cards(anna, "/queue")
        assert queue.startswith("2 customers wait\n\n1. Carol (support): waits")
        assert "\n\n2. Dave (sales): waits" in queue
