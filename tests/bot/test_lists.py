"""/queue, /mine and /who: on phones, with a dispatcher."""

import pytest
from redis.asyncio import Redis

from bot.customers import Customers, ask, cards, claim, dispatching, sign_in, waiting, writing
from bot.phones import Deliver, Running
from hostile import HOSTILE
from onduty_desk.model.keys import FAILED, ChatId, ConversationId, conversation_key, list_key
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

TWO_NAMES = ("Carol", "Dave")


async def test_the_queue_page_by_page(redis: Redis, customers: Customers, anna: Phone) -> None:
    """Most urgent and oldest first, five a page; a page is shown as it is by now."""
    customers(*(f"Customer {n}" for n in range(1, 7)))
    customers("Fire", priority="urgent")
    await waiting(redis, 7)
    await sign_in(anna)
    text = await ask(anna, "/queue")
    assert text.startswith(
        "7 customers wait\n\n1. ❗ Fire: waits 1 min\n“I am Fire”\n\n2. Customer 1"
    )
    queue = await anna.wait_for("7 customers wait\n\n1.")
    assert queue.button_texts == ["1", "2", "3", "4", "5", "▶️"]
    await anna.tap(queue.message_id, "▶️")
    second = await anna.wait_for("6. Customer 5")
    assert second.message_id == queue.message_id
    assert second.button_texts == ["6", "7", "◀️"]
    await anna.tap(queue.message_id, "◀️")
    await anna.wait_for("1. ❗ Fire")


async def _count(phone: Phone) -> int:
    return len(await cards(phone))


async def test_a_number_brings_the_card_to_the_bottom(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """Silently, with its buttons; the card above goes."""
    customers("Carol", "Dave")
    await waiting(redis, 2)
    await sign_in(anna)
    await anna.wait_for("I am Dave")
    await ask(anna, "/queue")
    queue = await anna.wait_for("2 customers wait\n\n1.")
    assert (await anna.tap(queue.message_id, "1")).text == "Here it comes"
    shown = await anna.wait_for("I am Carol", after=queue.message_id)
    assert shown.silent
    assert shown.button_texts == ["🙋 I'll answer", "⋯"]
    await until(lambda: _count(anna), equals=2)  # Carol's took the place of the one further up
    assert (await anna.tap(shown.message_id, "claim")).text == "It is yours"
    assert (await anna.tap(queue.message_id, "1")).text == "Here it comes"
    again = await anna.wait_for(lambda m: m.text.startswith("🟢"), after=shown.message_id)
    assert again.button_texts == ["☑️ Close", "↩️ Release", "⋯"]


async def test_what_is_mine(customers: Customers, anna: Phone, bob: Phone) -> None:
    """Whom I answer, off duty too; nobody else's."""
    await sign_in(anna)
    await sign_in(bob)
    customers("Carol", "Dave")
    await claim(anna, "Carol")
    await claim(bob, "Dave")
    held = await ask(anna, "/mine")
    assert held == "You are answering 1 customer\n\n1. Carol: yours for 1 min\n“I am Carol”"
    assert await ask(anna, "/queue") == "Nobody waits."
    assert await ask(anna, "/who") == "2 on duty\n\nYou: 1 customer\nBob: 1 customer"
    await ask(anna, "/off")
    assert (await ask(anna, "/mine")).startswith("You are still answering 1 customer:")
    card = await anna.wait_for("You are still answering 1 customer:")
    assert card.button_texts == ["Release all", "Pass to Bob", "Close 1"]
    assert (await ask(anna, "/queue")).startswith("You are off duty.")
    assert (await ask(anna, "/who")).startswith("You are off duty.")


async def test_a_list_that_is_forgotten_says_so(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """Its buttons go."""
    customers("Carol")
    await waiting(redis, 1)
    await sign_in(anna)
    await ask(anna, "/queue")
    queue = await anna.wait_for("1 customer waits\n\n1.")
    rows = list_key(ChatId(anna.user_id), queue.message_id)
    await until(lambda: redis.delete(rows), equals=1)
    answer = await anna.tap(queue.message_id, "1")
    assert answer.text == "This list is too old; send /queue or /mine again."
    await anna.wait_for(lambda m: m.message_id == queue.message_id and not m.buttons)


async def test_a_list_of_before_gives_no_right(
    redis: Redis, customers: Customers, anna: Phone, bob: Phone
) -> None:
    """Claimed by somebody else, closed, expired, or one is off duty: each has its short answer."""
    customers("Carol", "Dave")
    await waiting(redis, 2)
    await sign_in(anna)
    await sign_in(bob)
    await ask(anna, "/queue")
    queue = await anna.wait_for("2 customers wait\n\n1.")
    await claim(bob, "Carol")
    assert (await anna.tap(queue.message_id, "1")).text == "Bob is answering"
    await redis.delete(conversation_key(ConversationId("of Dave")))
    answer = await anna.tap(queue.message_id, "2")
    assert answer.text == "This conversation is not there any more"
    await ask(anna, "/off")
    assert (await anna.tap(queue.message_id, "1")).text == "You are off duty. Send /on to start."


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
async def test_hostile_names_and_texts_stay_in_their_rows(
    redis: Redis, customers: Customers, anna: Phone, name: str
) -> None:
    """Whatever a customer is called, there is one row of two lines."""
    customers("Carol", customer_name=f"A{name}"[:256], text=f"I am {name}"[:1000])
    await waiting(redis, 1)
    await sign_in(anna)
    await ask(anna, "/queue")
    queue = await anna.wait_for("1 customer waits\n\n1. ")
    assert len(queue.text.splitlines()) == 4


async def test_the_queue_is_that_of_ones_group(
    redis: Redis, running: Running, sandbox: Sandbox, token: str, redis_url: str, anna: Phone
) -> None:
    """What waits in another group is neither listed nor counted."""
    async with (
        running(groups={"sales": "deal"}),
        dispatching(redis, sandbox, token),
    ):
        write = writing(redis_url)
        write("Carol")
        write("Dave", "Erin", group="sales")
        await waiting(redis, 1)
        assert (await sign_in(anna, "deal")).endswith("2 customers wait.")
        assert (await ask(anna, "/queue")).startswith("2 customers wait\n\n1. Dave")


@pytest.mark.parametrize(
    "data",
    [
        *("queue", "queue:", "queue:-1", "queue:9999999999999999", "mine:0", "mine:1e9", "show:0"),
        *("found:0", "found:1", "found:11"),
        *(
            "show:6",
            "show:¹",
            "hand_to:",
            "hand_to:4711",
            "hand_to:202;",
            "more:1",
            "release_all:1",
        ),
        *("release_all", "release_all:1", "more", "drop", ":", "x" * 64),
    ],
)
async def test_invented_taps_change_nothing(
    redis: Redis, customers: Customers, anna: Phone, bob: Phone, deliver: Deliver, data: str
) -> None:
    """On a message that is no list: whatever is in them, nobody loses or gets a customer."""
    await sign_in(anna)
    await sign_in(bob)
    customers(*TWO_NAMES)
    await bob.wait_for("I am Carol")
    await claim(anna, "Carol")
    await bob.wait_for("Anna is answering")
    await anna.wait_for("I am Dave")
    dave = conversation_key(ConversationId("of Dave"))
    await until(lambda: redis.hexists(dave, "uncarded_ms"), equals=False)
    before = await ownership(redis)
    summary = await anna.wait_for("You've started")
    message = {
        "message_id": summary.message_id,
        "date": 0,
        "chat": {"id": anna.user_id, "type": "private", "first_name": "Anna"},
    }
    tap = {"id": "1", "chat_instance": "1", "data": data, "message": message}
    await deliver(anna.user_id, callback_query=tap)
    assert (await ask(anna, "/who")).startswith("2 on duty\n\nYou: 1 customer")
    assert await ownership(redis) == before
    assert not await redis.exists(FAILED)


async def ownership(redis: Redis) -> list[dict[object, object]]:
    """Return what is so of the customers, but for the time at which cards were last spread."""
    found = [await redis.hgetall(conversation_key(ConversationId(f"of {c}"))) for c in TWO_NAMES]
    return [{name: it for name, it in one.items() if name != "spreading_ms"} for one in found]


async def test_a_tap_handled_twice_brings_one_card(
    redis: Redis, sandbox: Sandbox, customers: Customers, anna: Phone
) -> None:
    """Telegram took the answer to the tap, and the bot never learned of it."""
    customers("Carol")
    await waiting(redis, 1)
    await sign_in(anna)
    await anna.wait_for("I am Carol")
    await ask(anna, "/queue")
    queue = await anna.wait_for("1 customer waits\n\n1.")
    await sandbox.fault("cut_after", method="answerCallbackQuery")
    assert (await anna.tap(queue.message_id, "1")).text == "Here it comes"
    await anna.wait_for("I am Carol", after=queue.message_id)
    assert await ask(anna, "/mine") == "You are answering nobody."
    await until(lambda: _count(anna), equals=1)
