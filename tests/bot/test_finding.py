"""/find: on phones, with a dispatcher."""

import pytest
from redis.asyncio import Redis

from bot.customers import Customers, ask, cards, claim, dispatching, sign_in, writing
from bot.phones import Running, is_about_a_board
from hostile import HOSTILE
from onduty_desk.model.keys import TO_INDEX, ChatId, list_key
from onduty_sandbox.client import Phone, Sandbox
from waiting import until


async def indexed(redis: Redis, count: int) -> None:
    """Wait until so many customers can be found."""
    await until(lambda: redis.zcard("onduty:recent:support"), equals=count)
    await until(lambda: redis.exists(TO_INDEX), equals=0)


async def cards_after(phone: Phone, message_id: int) -> list[int]:
    """Return the cards that have come after a message."""
    return [card.message_id for card in await cards(phone) if card.message_id > message_id]


async def test_the_only_one_who_is_found_comes_at_once(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """Without a ring, and without another word; the card can be claimed there."""
    await sign_in(anna)
    customers("Carol", "Dave")
    await indexed(redis, 2)
    await anna.wait_for("I am Dave")
    asked = await anna.send("/find CAR")
    card = await anna.wait_for("I am Carol", after=asked)
    assert card.silent
    assert card.button_texts[0] == "🙋 I'll answer"
    assert (await anna.tap(card.message_id, "claim")).text == "It is yours"
    assert await ask(anna, "/find xyz") == "Nobody found: no name starts like this."
    newer = [m for m in await anna.messages() if m.from_bot and m.message_id > asked]
    assert len(newer) == 2


async def test_several_are_listed_the_open_ones_first(
    redis: Redis, customers: Customers, anna: Phone, bob: Phone
) -> None:
    """With state and time; a number brings the card, be it a colleague's or a closed one."""
    await sign_in(anna)
    await sign_in(bob)
    for count, name in enumerate(("Carol Closed", "Carol Bobs", "Carol Mine"), 1):
        customers(name)
        await indexed(redis, count)
    for phone, name in ((bob, "Carol Closed"), (bob, "Carol Bobs"), (anna, "Carol Mine")):
        await claim(phone, name)
    closed = await bob.wait_for("I am Carol Closed")
    assert (await bob.tap(closed.message_id, "close")).text == "Closed"
    customers("Carol Waits")
    await indexed(redis, 4)
    text = await ask(anna, "/find carol")
    head, _, *rows = text.splitlines()
    assert head == "4 found"
    assert [row.partition(":")[2] for row in rows] == [
        " waits 1 min",
        " yours, last message 1 min ago",
        " Bob is answering, last message 1 min ago",
        " closed by Bob, last message 1 min ago",
    ]
    found = await anna.wait_for("4 found")
    assert found.button_texts == ["1", "2", "3", "4"]
    after = found.message_id
    for number, buttons in (
        ("1", ["🙋 I'll answer", "⋯"]),
        ("2", ["☑️ Close", "↩️ Release", "⋯"]),
        ("3", ["👀 Open"]),
        ("4", []),
    ):
        assert (await anna.tap(found.message_id, number)).text == "Here it comes"
        card = await anna.wait_for(lambda m: m.from_bot and not is_about_a_board(m), after=after)
        assert card.button_texts[:1] == buttons[:1]
        after = card.message_id
    sent = await bob.send("/find closed")
    assert (await bob.wait_for("losed", after=sent)).button_texts == ["Reopen"]


async def test_of_many_ten_are_listed(redis: Redis, customers: Customers, anna: Phone) -> None:
    """And how many more there are."""
    await sign_in(anna)
    customers(*(f"Carol {n}" for n in range(13)))
    await indexed(redis, 13)
    text = await ask(anna, "/find carol")
    assert text.startswith("13 found")
    assert text.endswith("\n10. " + text.rpartition("10. ")[2])
    assert text.endswith("and 3 more: type more of the name")
    found = await anna.wait_for("13 found")
    assert found.button_texts == [str(n) for n in range(1, 11)]


async def test_without_a_name_it_asks_for_one(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """The reply to the question is looked for; any other text is answered as always."""
    await sign_in(anna)
    customers("Carol")
    await indexed(redis, 1)
    await anna.wait_for("I am Carol")
    assert (await ask(anna, "/find")).startswith("Whom are you looking for?")
    question = await anna.wait_for("Whom are you looking for?")
    reply = await anna.send("car", reply_to=question.message_id)
    await anna.wait_for("I am Carol", after=reply)
    assert (await ask(anna, "car")).startswith("This reached no one.")
    assert len(await cards_after(anna, reply)) == 1


async def test_off_duty_nobody_is_looked_for(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """With a name or without, and by a list of before."""
    await sign_in(anna)
    customers("Carol", "Carola")
    await indexed(redis, 2)
    await ask(anna, "/find carol")
    found = await anna.wait_for("2 found")
    await ask(anna, "/off")
    for text in ("/find", "/find carol"):
        assert (await ask(anna, text)).startswith("You are off duty.")
    assert (await anna.tap(found.message_id, "1")).text == "You are off duty. Send /on to start."


async def test_a_list_that_is_forgotten_says_so(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """Its buttons go."""
    await sign_in(anna)
    customers("Carol", "Carola")
    await indexed(redis, 2)
    await ask(anna, "/find carol")
    found = await anna.wait_for("2 found")
    rows = list_key(ChatId(anna.user_id), found.message_id)
    await until(lambda: redis.delete(rows), equals=1)
    answer = await anna.tap(found.message_id, "1")
    assert answer.text == "This list is too old; send /find again."
    await anna.wait_for(lambda m: m.message_id == found.message_id and not m.buttons)


async def test_another_groups_customers_are_not_found(
    redis: Redis, running: Running, sandbox: Sandbox, token: str, redis_url: str, anna: Phone
) -> None:
    """Neither by name nor by the conversation's id."""
    async with running(groups={"sales": "deal"}), dispatching(redis, sandbox, token):
        write = writing(redis_url)
        write("Carol")
        write("Dave", group="sales")
        await indexed(redis, 1)
        await until(lambda: redis.zcard("onduty:recent:sales"), equals=1)
        await sign_in(anna, "deal")
        await anna.wait_for("I am Dave")
        for text in ("/find carol", "/find of Carol"):
            assert (await ask(anna, text)).startswith("Nobody found")
        sent = await anna.send("/find of Dave")
        await anna.wait_for("I am Dave", after=sent)


async def test_handled_twice_it_brings_one_card(
    redis: Redis, sandbox: Sandbox, customers: Customers, anna: Phone
) -> None:
    """Telegram took a list, and the bot never learned of it; a tap on it is one card."""
    await sign_in(anna)
    customers("Carol", "Carola")
    await indexed(redis, 2)
    await anna.wait_for("I am Carola")
    await ask(anna, "/find carol")
    found = await anna.wait_for("2 found")
    await sandbox.fault("cut_after", method="answerCallbackQuery")
    assert (await anna.tap(found.message_id, "1")).text == "Here it comes"
    await anna.wait_for("I am Carol", after=found.message_id)
    assert await ask(anna, "/mine") == "You are answering nobody."
    assert len(await cards_after(anna, found.message_id)) == 1


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
async def test_hostile_names_stay_in_their_rows(
    redis: Redis, customers: Customers, anna: Phone, name: str
) -> None:
    """Whatever a customer is called, there is one row for each."""
    await sign_in(anna)
    customers("Carol", customer_name=f"A{name}"[:256])
    customers("Adam")
    await indexed(redis, 2)
    text = await ask(anna, "/find a")
    assert len(text.splitlines()) == 4


async def test_in_russian(redis: Redis, customers: Customers, boris: Phone) -> None:
    """The list and its answers; accents do not matter."""
    await boris.send("/on")
    await boris.wait_for("екретн")
    await boris.send("open sesame")
    await boris.wait_for("сообщения")
    customers("Алёна Б", "Алёна В")
    await indexed(redis, 2)
    sent = await boris.send("/find алена")
    found = await boris.wait_for("Нашлось: 2", after=sent)
    assert "ждёт 1 мин" in found.text
