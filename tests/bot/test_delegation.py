"""/off shows what is held, and one tap delegates it."""

import asyncio

from redis.asyncio import Redis

from bot.customers import Customers, ask, claim, dispatching, sign_in, writing
from bot.phones import Running
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.rules import Rules
from onduty_desk.model.keys import (
    ConversationId,
    OperatorId,
    claims_key,
    conversation_key,
    offers_key,
)
from onduty_sandbox.client import ChatMessage, Phone, Sandbox

ANNA, BOB = OperatorId(101), OperatorId(202)


async def go_off_with_carol(customers: Customers, phone: Phone) -> ChatMessage:
    """Claim Carol, go off duty, and return the answer, which has the buttons."""
    customers("Carol")
    await claim(phone, "Carol")
    await ask(phone, "/off")
    return await phone.wait_for("You've stopped")


async def test_off_shows_what_is_held_and_one_tap_releases_it(
    redis: Redis, customers: Customers, anna: Phone, bob: Phone
) -> None:
    """The others are rung; a second tap finds nothing."""
    await sign_in(anna)
    await sign_in(bob)
    customers("Carol", "Dave")
    await claim(anna, "Carol")
    await claim(anna, "Dave")
    text = await ask(anna, "/off")
    assert text.startswith(
        "You've stopped receiving messages\n\nYou are still answering 2 customers:\n\n1. Carol"
    )
    off = await anna.wait_for("You've stopped")
    assert off.button_texts == ["Release all", "Pass to Bob", "Close 1", "Close 2"]
    taps = await asyncio.gather(*(anna.tap(off.message_id, "Release all") for _ in range(2)))
    assert sorted(tap.text for tap in taps) == [
        "Released 2: the others are told",
        "You are answering none of them any more",
    ]
    await bob.wait_for("↩️ Carol · returned from Anna")
    await bob.wait_for("↩️ Dave · returned from Anna")
    assert await redis.zcard("onduty:waiting:support") == 2
    shown = await anna.wait_for(lambda m: m.message_id == off.message_id)
    text = "Released 2: the others are told\n\nSend /on to start again."
    assert (shown.text, shown.button_texts) == (text, [])


ASKED = "Bob is asked to take 1 customer: if they do not, it waits for everyone"


async def test_off_asks_a_colleague_to_take_everything(
    redis: Redis, customers: Customers, anna: Phone, bob: Phone
) -> None:
    """They are rung, and answer as to any customer who is passed on; until then it waits."""
    await sign_in(anna)
    await sign_in(bob)
    off = await go_off_with_carol(customers, anna)
    assert (await anna.tap(off.message_id, "Pass to Bob")).text == ASKED
    assert not await redis.exists(claims_key(ANNA))
    assert await redis.zcard("onduty:waiting:support") == 1
    told = await bob.wait_for("🤝 Carol · Anna asks you to take this over")
    assert not told.silent
    assert (await bob.tap(told.message_id, "🙋 Accept")).text == "It is yours"
    await bob.wait_for(lambda m: m.button_texts == ["☑️ Close", "↩️ Release", "⋯"])
    assert await redis.zrange(claims_key(BOB), 0, -1) == ["of Carol"]
    assert not await redis.exists(claims_key(ANNA))


async def test_a_tap_on_a_former_off_hands_over_nothing_else(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """On duty again, Anna has taken others since; what she held then was returned."""
    await sign_in(anna)
    off = await go_off_with_carol(customers, anna)
    await sign_in(anna)
    customers("Dave")
    await claim(anna, "Dave")
    await ask(anna, "/mine")
    mine = await anna.wait_for("You are answering 2 customers")
    answer = await anna.tap(off.message_id, "Release all")
    assert answer.text == "Released 1: it waits, nobody else is on duty"
    assert await redis.zrange(claims_key(ANNA), 0, -1) == ["of Dave"]
    left = await anna.wait_for("Released 1", after=off.message_id - 1)
    assert "You are still answering 1 customer:\n\n1. Dave" in left.text
    assert left.button_texts == ["Release all", "Close 1"]
    assert (await anna.tap(mine.message_id, "2")).text == "Here it comes"


async def test_what_is_of_two_groups_is_delegated_group_by_group(
    redis: Redis,
    running: Running,
    sandbox: Sandbox,
    token: str,
    redis_url: str,
    anna: Phone,
    bob: Phone,
) -> None:
    """Bob gets what is of his group; what he cannot have is still there to be released."""
    async with (
        running(groups={"sales": "deal"}),
        dispatching(redis, sandbox, token),
    ):
        write = writing(redis_url)
        await sign_in(anna)
        write("Carol")
        await claim(anna, "Carol")
        await ask(anna, "/off")
        await sign_in(anna, "deal")
        await sign_in(bob, "deal")
        write("Dave", group="sales")
        await claim(anna, "Dave")
        await ask(anna, "/off")
        off = await anna.wait_for("You've stopped")
        assert "2 customers:" in off.text
        assert (await anna.tap(off.message_id, "Pass to Bob")).text == ASKED
        left = await anna.wait_for(lambda m: m.text.startswith(f"{ASKED}\n\n"))
        assert "1. Carol" in left.text
        assert left.button_texts == ["Release all", "Close 1"]
        answer = await anna.tap(off.message_id, "Release all")
        assert answer.text == "Released 1: it waits, nobody else is on duty"


async def test_a_colleague_who_has_gone_off_gets_nothing(
    redis: Redis, customers: Customers, anna: Phone, bob: Phone
) -> None:
    """It is said, and there is another choice; what was held is still held."""
    await sign_in(anna)
    await sign_in(bob)
    off = await go_off_with_carol(customers, anna)
    await ask(bob, "/off")
    answer = await anna.tap(off.message_id, "Pass to Bob")
    assert answer.text == "They are not available any more. Choose again."
    await anna.wait_for(lambda m: m.button_texts == ["Release all", "Close 1"])
    assert await redis.zrange(claims_key(ANNA), 0, -1) == ["of Carol"]


async def test_an_invented_colleague_gets_nothing(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """A button with somebody's id is worth nothing if they are not on duty in the group."""
    await sign_in(anna)
    customers("Carol")
    await claim(anna, "Carol")
    passed = await Conversations(redis, Rules()).pass_all(
        ANNA, OperatorId(4711), [ConversationId("of Carol")], update_id=900_001
    )
    assert passed.result == "unavailable"
    assert await redis.zrange(claims_key(ANNA), 0, -1) == ["of Carol"]


async def test_a_handover_is_written_down_though_telegram_was_away(
    redis: Redis, sandbox: Sandbox, customers: Customers, anna: Phone
) -> None:
    """The tap is handled again: released once, and told."""
    await sign_in(anna)
    off = await go_off_with_carol(customers, anna)
    await sandbox.fault("500", method="editMessageText", times=2)
    await anna.tap(off.message_id, "Release all")
    told = await anna.wait_for("Released 1: it waits, nobody else is on duty")
    assert (told.message_id, told.button_texts) == (off.message_id, [])
    assert await redis.zcard("onduty:waiting:support") == 1


async def test_off_closes_one_and_a_second_tap_closes_nobody_else(
    redis: Redis, customers: Customers, anna: Phone, bob: Phone
) -> None:
    """Numbers and places stay; the others can still be passed on."""
    await sign_in(anna)
    await sign_in(bob)
    customers("Carol", "Dave", "Erin")
    for name in ("Carol", "Dave", "Erin"):
        await claim(anna, name)
    await ask(anna, "/off")
    off = await anna.wait_for("You've stopped")
    taps = await asyncio.gather(*(anna.tap(off.message_id, "Close 1") for _ in range(2)))
    gone = "You are not answering this customer any more"
    assert sorted(tap.text for tap in taps) == ["Closed", gone]
    left = await anna.wait_for(lambda m: "✓" in m.button_texts)
    assert left.button_texts == ["Release all", "Pass to Bob", "✓", "Close 2", "Close 3"]
    assert "You are still answering 2 customers:\n\n2. Dave" in left.text
    assert (await anna.tap(off.message_id, "✓")).text == gone
    assert await redis.zrange(claims_key(ANNA), 0, -1) == ["of Dave", "of Erin"]
    assert await redis.hget(conversation_key(ConversationId("of Carol")), "state") == "closed"
    assert (await anna.tap(off.message_id, "Close 3")).text == "Closed"
    assert (await anna.tap(off.message_id, "Pass to Bob")).text == ASKED
    assert await redis.zrange(offers_key(BOB), 0, -1) == ["of Dave"]
