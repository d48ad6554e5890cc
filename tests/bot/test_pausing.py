"""/pause on a phone: what is said, and the ways back."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.customers import Customers, ask, cards, claim, sign_in, waiting
from bot.phones import is_about_a_board
from desk_at_work.fixtures import MoveClock
from onduty_desk.conversations.rules import Rules
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId, conversation_key
from onduty_desk.model.phone_keys import board_key
from onduty_desk.model.roster_keys import PAUSED, PAUSED_FOR_MISSING, PAUSES_OVER, operator_key
from onduty_desk.roster.group_rules import GroupRules, write_group_rules
from onduty_dispatcher.wake_ups.timers import Timers
from onduty_sandbox.client import ChatMessage, Phone
from waiting import until


@pytest.mark.usefixtures("bot")
async def test_a_pause_with_and_without_an_end(redis: Redis, anna: Phone) -> None:
    """Each answer says what holds and how to go on, whatever has become of the pinned message."""
    await ask(anna, "/start")
    assert (await ask(anna, "/pause")).startswith("You are off duty.")
    await sign_in(anna)
    for wrong in ("/pause soon", "/pause 0", "/pause 1441", "/pause 20 min"):
        assert (await ask(anna, wrong)).startswith("Send /pause with minutes from 1 to 1440")
    assert not await redis.exists(PAUSED)
    assert (await ask(anna, "/pause 20")).startswith("You are paused until ")
    assert (await ask(anna, "/who")).endswith("You: 0 customers, paused")
    assert "You have been paused since " in await ask(anna, "/status")
    assert await ask(anna, "/pause") == "You are back: you receive messages again."
    paused = "You are paused: you stay on duty, and nothing rings here. Send /on to go on."
    assert await ask(anna, "/pause") == paused
    assert await ask(anna, "/on") == "You are back: you receive messages again."
    assert (await ask(anna, "/on")).startswith("You are already an operator")


async def test_what_is_held_is_released_by_one_tap(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """Or kept, until the customer writes again."""
    customers("Carol", "Dave")
    await waiting(redis, 2)
    await sign_in(anna)
    await claim(anna, "Carol")
    said = await ask(anna, "/pause")
    assert "Nobody asks you about the customers whom you keep" in said
    assert "You are still answering 1 customer:\n\n1. Carol" in said
    assert "One whom you keep goes to the others when they write again" in said
    assert "your time is up" not in said  # no lease runs in a pause
    paused = await anna.wait_for("You are paused")
    await anna.tap(paused.message_id, "Release all")
    await waiting(redis, 2)
    customers("Erin")
    await waiting(redis, 3)
    back = await ask(anna, "/pause")
    assert back.startswith("You are back: you receive messages again.\n\n3 customers wait.")
    erin = await anna.wait_for("I am Erin")
    assert erin.silent


async def _board(phone: Phone) -> ChatMessage:
    return await phone.wait_for(
        lambda m: is_about_a_board(m) and m.pins is None and m.text.startswith("⏸️ You are paused")
    )


async def test_a_tap_on_the_board_ends_it(redis: Redis, customers: Customers, anna: Phone) -> None:
    """With what waits; tapped again, nothing more comes."""
    await sign_in(anna)
    await anna.wait_for(lambda m: is_about_a_board(m) and m.pins is None)
    await ask(anna, "/pause")
    await until(lambda: redis.hdel(board_key(ChatId(101)), "touched_ms"))
    customers("Carol")
    await waiting(redis, 1)
    board = await _board(anna)
    assert (await anna.tap(board.message_id, "▶️ Come back")).text == "You are back"
    said = await anna.wait_for("You are back: you receive messages again.\n\n1 customer waits.")
    await until(lambda: _count(anna), equals=1)
    await anna.tap(board.message_id, "board_back")
    assert (await anna.messages())[-1].message_id <= said.message_id + 2


async def _count(phone: Phone) -> int:
    return len(await cards(phone))


async def test_who_was_paused_for_missing_offers_is_told(
    redis: Redis, customers: Customers, anna: Phone, move_clock: MoveClock
) -> None:
    """Once, with a ring, and how to go on."""
    await sign_in(anna)
    await write_group_rules(redis, ["support"], {"support": GroupRules(routing="assigned")})
    await redis.hset(operator_key(OperatorId(101)), "missed", "1")
    customers("Carol")
    await anna.wait_for("Carol waits: will you answer?")
    await until(lambda: redis.hexists(conversation_key(ConversationId("of Carol")), "pass_shown"))
    await move_clock(timedelta(seconds=31))
    await Timers(redis, Rules()).look()
    said = await anna.wait_for("You have not answered two customers in a row")
    assert not said.silent
    assert said.text.endswith("Send /on to go on.")
    await until(lambda: redis.exists(PAUSED_FOR_MISSING), equals=0)
    assert (await ask(anna, "/on")).startswith("You are back: you receive messages again.")
    await anna.wait_for("Carol waits: will you answer?")


async def test_when_the_time_is_over_one_is_told_what_waits(
    redis: Redis, customers: Customers, anna: Phone, move_clock: MoveClock
) -> None:
    """Once, with a ring; the cards come without."""
    await sign_in(anna)
    await ask(anna, "/pause 20")
    customers("Carol", "Dave")
    await waiting(redis, 2)
    await move_clock(timedelta(minutes=21))
    await Timers(redis, Rules()).look()
    said = await anna.wait_for("Your pause is over: you receive messages again.")
    assert said.text.endswith("2 customers wait.")
    assert not said.silent
    await until(lambda: _count(anna), equals=2)
    await until(lambda: redis.exists(PAUSES_OVER), equals=0)
    assert [m.silent for m in await cards(anna)] == [True, True]
