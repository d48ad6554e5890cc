"""The board on a phone: made at /on, its buttons, its bubble; with a dispatcher at work."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.customers import Customers, ask, claim, sign_in, waiting
from bot.phones import Running, is_about_a_board
from bot.phones import sign_in as sign_in_alone
from desk_at_work.fixtures import MoveClock
from onduty_desk.boards.boards import Boards
from onduty_desk.model.keys import ChatId
from onduty_desk.model.phone_keys import board_key
from onduty_sandbox.client import ChatMessage, Phone, Sandbox
from waiting import until


async def boards_of(phone: Phone) -> list[ChatMessage]:
    """Return the boards that the phone shows, and bubbles about them."""
    return [m for m in await phone.messages() if is_about_a_board(m) and not m.deleted]


async def board_of(phone: Phone) -> ChatMessage:
    """Wait until the phone has one board, pinned and without a bubble, and return it."""

    async def is_settled() -> bool:
        return [board.pinned for board in await boards_of(phone)] == [True]

    await until(is_settled)
    (board,) = await boards_of(phone)
    return board


@pytest.mark.usefixtures("customers")
async def test_at_on_there_is_one_pinned_board_without_a_bubble(anna: Phone) -> None:
    """It makes no sound, and stands in the language of its owner's phone."""
    await sign_in(anna)
    board = await board_of(anna)
    assert board.silent
    assert board.text == "Yours: 0 · Waiting: 0"
    assert board.button_texts == ["Mine", "Queue"]
    bubbles = [message for message in await anna.messages() if message.pins]
    assert [bubble.silent for bubble in bubbles] == [True]


async def test_it_shows_who_is_theirs_and_who_waits(
    redis: Redis, customers: Customers, boris: Phone, move_clock: MoveClock
) -> None:
    """In Russian here; edited in silence, ten seconds after the last time at the earliest."""
    await sign_in(boris)
    board = await board_of(boris)
    customers("Carol", "Dave")
    await waiting(redis, 2)
    card = await boris.wait_for("I am Carol")
    await boris.tap(card.message_id, "claim")
    await waiting(redis, 1)
    await boris.wait_for(lambda m: "I am Carol" in m.text and m.edited)
    await boris.wait_for("I am Dave")
    await move_clock(timedelta(seconds=15))
    await Boards(redis).compare()
    shown = await boris.wait_for(lambda m: m.pinned and "\n" in m.text)
    assert shown.message_id == board.message_id
    first, names = shown.text.splitlines()
    assert first.startswith("Ваши: 1 · Ждут: 1 (с ")
    assert first.endswith(" UTC)")
    assert names == "Carol"


async def test_its_buttons_do_what_the_commands_do(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """The lists come as messages of their own; the board stays."""
    await sign_in(anna)
    board = await board_of(anna)
    customers("Carol", "Dave")
    await waiting(redis, 2)
    await claim(anna, "Carol")
    assert (await anna.tap(board.message_id, "Mine")).answered
    mine = await anna.wait_for("You are answering 1 customer\n\n1. Carol")
    assert mine.button_texts == ["1"]
    assert (await anna.tap(board.message_id, "Queue")).answered
    queue = await anna.wait_for("1 customer waits\n\n1. Dave")
    assert (await anna.tap(queue.message_id, "1")).text == "Here it comes"
    assert (await board_of(anna)).message_id == board.message_id


@pytest.mark.usefixtures("customers")
async def test_off_duty_it_is_gone_and_on_again_there_is_another(anna: Phone) -> None:
    """And with it the pin."""
    await sign_in(anna)
    first = await board_of(anna)
    await ask(anna, "/off")
    await anna.wait_for(lambda m: m.message_id == first.message_id and m.deleted)
    assert await anna.pinned() == []
    await sign_in(anna)
    assert (await board_of(anna)).message_id > first.message_id


@pytest.mark.usefixtures("customers")
async def test_its_owner_deletes_it_and_gets_it_again_by_on(anna: Phone, redis: Redis) -> None:
    """On duty already: /on brings it back."""
    await sign_in(anna)
    first = await board_of(anna)
    await anna.delete(first.message_id)
    await ask(anna, "/on")
    assert (await board_of(anna)).message_id > first.message_id
    await until(lambda: redis.hexists(board_key(ChatId(101)), "is_new"), equals=False)


@pytest.mark.usefixtures("customers")
async def test_a_board_whose_send_had_no_answer_is_deleted_by_a_tap(
    anna: Phone, sandbox: Sandbox
) -> None:
    """Until then it stands there, with buttons that work."""
    await sign_in(anna)
    await ask(anna, "/off")
    await until(lambda: boards_of(anna), equals=[])
    await ask(anna, "/on")
    sent = await anna.send("open sesame")
    await anna.wait_for("You've started receiving messages", after=sent)
    await sandbox.fault("cut_after", "sendMessage", chat_id=anna.chat_id)

    async def are_two() -> bool:
        return [board.pinned for board in await boards_of(anna)] == [False, True]

    await until(are_two)
    left, board = await boards_of(anna)
    assert (await anna.tap(left.message_id, "Queue")).answered
    await anna.wait_for("Nobody waits.")
    assert (await board_of(anna)).message_id == board.message_id


async def test_what_an_operator_pins_stays_pinned(anna: Phone, running: Running) -> None:
    """With its bubble, and without a word of the bot's."""
    async with running():
        await sign_in_alone(anna)
        own = await anna.send("/status")
        await anna.wait_for("You have been on duty", after=own)
        await anna.pin(own)
        before = len(await anna.messages())
        await anna.send("/help")
        await anna.wait_for("/queue", after=own)
        assert len(await anna.messages()) == before + 2
    assert [message.message_id for message in await anna.pinned()] == [own]
