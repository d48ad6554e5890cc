"""/queue, /mine, /who, what /on brings, and /off as a handover: on phones, with a dispatcher."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from redis.asyncio import Redis

from bot.phones import Running
from dispatcher.at_work import sending
from hostile import HOSTILE
from onduty import CustomerMessage, SupportDesk
from onduty_desk.conversations import Conversations
from onduty_desk.keys import (
    ChatId,
    ConversationId,
    OperatorId,
    claims_key,
    conversation_key,
    list_key,
)
from onduty_desk.rules import Rules
from onduty_dispatcher.jobs import Jobs
from onduty_sandbox.client import ChatMessage, Phone, Sandbox
from waiting import until

Customers = Callable[..., None]
ANNA, BOB = OperatorId(101), OperatorId(202)


@pytest.fixture
async def jobs(redis: Redis, sandbox: Sandbox, token: str, bot: None) -> AsyncIterator[Jobs]:  # noqa: ARG001 - it runs
    """A bot, and a dispatcher that hears of what it changes."""
    async with sending(redis, sandbox.base_url, token, Rules()) as jobs:
        looking = asyncio.create_task(_look(jobs))
        yield jobs
        looking.cancel()


async def _look(jobs: Jobs) -> None:
    while True:
        await jobs.look()
        await asyncio.sleep(0.05)


@pytest.fixture
def customers(redis_url: str, jobs: Jobs) -> Customers:  # noqa: ARG001 - it routes
    """Let customers write: each a conversation of their own, by their name."""
    return _writing(redis_url)


def _writing(redis_url: str) -> Customers:
    desk = SupportDesk(redis_url)

    def write(*names: str, **fields: str) -> None:
        desk.notify_many(
            CustomerMessage.model_validate(
                {
                    "text": f"I am {name}",
                    "customer_name": name,
                    "recipient": "The Shop",
                    "conversation_id": f"of {name}"[:128],
                    **fields,
                }
            )
            for name in names
        )

    return write


@pytest.fixture
async def bob(sandbox: Sandbox) -> Phone:
    return await sandbox.add_user(202, "Bob")


async def ask(phone: Phone, text: str) -> str:
    """Send a text and return the bot's answer, whatever customers' cards come meanwhile."""
    sent = await phone.send(text)
    answer = await phone.wait_for(_is_answer, timeout_s=20, after=sent)
    return answer.text


def _is_answer(message: ChatMessage) -> bool:
    return (
        message.from_bot and message.reply_to is None and "writes to The Shop" not in message.text
    )


async def sign_in(phone: Phone, phrase: str = "open sesame") -> str:
    await ask(phone, "/on")
    return await ask(phone, phrase)


async def waiting(redis: Redis, count: int) -> None:
    await until(lambda: redis.zcard("onduty:waiting:support"), equals=count)


async def cards(phone: Phone) -> list[ChatMessage]:
    return [m for m in await phone.messages() if "writes to The Shop" in m.text and not m.deleted]


async def claim(phone: Phone, customer: str) -> None:
    card = await phone.wait_for(f"I am {customer}")
    assert (await phone.tap(card.message_id, "claim")).text == "It is yours"
    await phone.wait_for(lambda m: m.button_texts == ["☑️ Close", "↩️ Release"])


async def test_on_brings_the_first_five_silently_and_more_on_demand(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """One summary rings; urgent and oldest first; each tap brings five more."""
    customers(*(f"Customer {n:02}" for n in range(1, 11)))
    customers("Fire 1", "Fire 2", priority="urgent")
    await waiting(redis, 12)
    greeting = await sign_in(anna)
    assert greeting.startswith("You've started receiving messages")
    assert greeting.endswith(
        "12 customers wait, 2 of them are urgent. Here come the first 5, and 7 more wait."
    )
    summary = await anna.wait_for("12 customers wait")
    assert not summary.silent
    assert summary.button_texts == ["Show more (7)"]

    async def names() -> list[str]:
        return [card.text.split("I am ")[1].splitlines()[0] for card in await cards(anna)]

    async def how_many() -> int:
        return len(await cards(anna))

    first = ["Fire 1", "Fire 2", "Customer 01", "Customer 02", "Customer 03"]
    await until(names, equals=first)
    assert all(card.silent for card in await cards(anna))
    assert (await anna.tap(summary.message_id, "Show more (7)")).text == "5 more come"
    await until(names, equals=[*first, *(f"Customer {n:02}" for n in range(4, 9))])
    await anna.wait_for(lambda m: m.button_texts == ["Show more (2)"])
    assert (await anna.tap(summary.message_id, "more")).text == "2 more come"
    await until(how_many, equals=12)
    await anna.wait_for(lambda m: m.message_id == summary.message_id and not m.buttons)


async def test_off_duty_more_brings_nothing(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """The button of before says why, and goes; the next /on has its own."""
    customers(*(f"Customer {n}" for n in range(6)))
    await waiting(redis, 6)
    await sign_in(anna)
    summary = await anna.wait_for("6 customers wait")
    await ask(anna, "/off")
    answer = await anna.tap(summary.message_id, "more")
    assert answer.text == "You are off duty. Send /on to start."
    await anna.wait_for(lambda m: m.message_id == summary.message_id and not m.buttons)


async def test_on_handled_twice_says_and_brings_the_same(
    redis: Redis, sandbox: Sandbox, customers: Customers, anna: Phone
) -> None:
    """Telegram took the summary and the bot never learned of it; meanwhile one more waits."""
    customers(*(f"Customer {n}" for n in range(6)))
    await waiting(redis, 6)
    await ask(anna, "/on")
    await sandbox.fault("cut_after", method="sendMessage", chat_id=anna.user_id)
    await sandbox.fault("500", method="sendMessage", chat_id=anna.user_id)
    await anna.send("open sesame")
    await anna.wait_for("6 customers wait")
    customers("Late")
    await waiting(redis, 7)

    async def summaries() -> list[str]:
        return [m.text for m in await anna.messages() if m.text.startswith("You've started")]

    async def come() -> list[int]:
        return [len(await summaries()), len(await cards(anna))]

    await until(come, equals=[2, 6])
    first, second = await summaries()
    assert first == second


async def test_what_has_expired_is_not_counted(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """Neither by /on nor by its button."""
    customers(*(f"Customer {n}" for n in range(7)))
    await waiting(redis, 7)
    for n in range(6):
        await redis.delete(conversation_key(ConversationId(f"of Customer {n}")))
    assert (await sign_in(anna)).endswith("1 customer waits.")
    assert (await ask(anna, "/queue")).startswith("1 customer waits\n\n1. Customer 6")


async def test_on_once_more_says_what_waits(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """And brings nothing again."""
    await sign_in(anna)
    customers("Carol")
    await waiting(redis, 1)
    assert (await ask(anna, "/on")).endswith("1 customer waits: send /queue to see.")
    assert len(await cards(anna)) == 1


async def test_everyone_who_comes_on_is_shown_what_waits(
    redis: Redis, customers: Customers, anna: Phone, bob: Phone
) -> None:
    """Not only the first."""
    customers("Carol")
    await waiting(redis, 1)
    for phone in (anna, bob):
        assert (await sign_in(phone)).endswith("1 customer waits.")
        assert (await phone.wait_for("I am Carol")).silent


async def test_nothing_waits(bot: None, anna: Phone) -> None:  # noqa: ARG001 - it runs
    """Then nothing is said of it."""
    assert (await sign_in(anna)).endswith("Send /off to stop.")
    assert await ask(anna, "/queue") == "Nobody waits."
    assert await ask(anna, "/mine") == "You are answering nobody."


async def test_the_queue_page_by_page(redis: Redis, customers: Customers, anna: Phone) -> None:
    """Most urgent and oldest first, five a page; a page is shown as it is by now."""
    customers(*(f"Customer {n}" for n in range(1, 7)))
    customers("Fire", priority="urgent")
    await waiting(redis, 7)
    await sign_in(anna)
    text = await ask(anna, "/queue")
    assert text.startswith("7 customers wait\n\n1. ❗ Fire, 1 minute\nI am Fire\n\n2. Customer 1")
    queue = await anna.wait_for("7 customers wait\n\n1.")
    assert queue.button_texts == ["1", "2", "3", "4", "5", "▶️"]
    await anna.tap(queue.message_id, "▶️")
    second = await anna.wait_for("6. Customer 5")
    assert second.message_id == queue.message_id
    assert second.button_texts == ["6", "7", "◀️"]
    await anna.tap(queue.message_id, "◀️")
    await anna.wait_for("1. ❗ Fire")


async def test_a_number_brings_the_card_to_the_bottom(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """Silently, with its buttons; the card above loses them."""
    customers("Carol", "Dave")
    await waiting(redis, 2)
    await sign_in(anna)
    await anna.wait_for("I am Dave")
    await ask(anna, "/queue")
    queue = await anna.wait_for("2 customers wait\n\n1.")
    assert (await anna.tap(queue.message_id, "1")).text == "Here it comes"
    shown = await anna.wait_for("I am Carol", after=queue.message_id)
    assert shown.silent
    assert shown.button_texts == ["🙋 I'll answer", "👀 Look"]
    await anna.wait_for(lambda m: m.text.startswith("I am Carol") and not m.buttons)
    assert (await anna.tap(shown.message_id, "claim")).text == "It is yours"
    assert (await anna.tap(queue.message_id, "1")).text == "Here it comes"
    again = await anna.wait_for(lambda m: m.text.startswith("✅"), after=shown.message_id)
    assert again.button_texts == ["☑️ Close", "↩️ Release"]


async def test_what_is_mine(customers: Customers, anna: Phone, bob: Phone) -> None:
    """Whom I answer, off duty too; nobody else's."""
    await sign_in(anna)
    await sign_in(bob)
    customers("Carol", "Dave")
    await claim(anna, "Carol")
    await claim(bob, "Dave")
    assert (
        await ask(anna, "/mine") == "You are answering 1 customer\n\n1. Carol, 1 minute\nI am Carol"
    )
    assert await ask(anna, "/queue") == "Nobody waits."
    assert await ask(anna, "/who") == "2 on duty\n\nYou: 1 customer\nBob: 1 customer"
    await ask(anna, "/off")
    assert (await ask(anna, "/mine")).startswith("You are still answering 1 customer:")
    mine = await anna.wait_for("You are still answering 1 customer:")
    assert mine.button_texts == ["Release all", "Pass to Bob"]
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
    text = await ask(anna, "/queue")
    assert len(text.splitlines()) == 4
    assert text.startswith("1 customer waits\n\n1. ")


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
    assert off.button_texts == ["Release all", "Pass to Bob"]
    taps = await asyncio.gather(*(anna.tap(off.message_id, "Release all") for _ in range(2)))
    assert sorted(tap.text for tap in taps) == [
        "Released 2: the others are told",
        "You are answering none of them any more",
    ]
    await bob.wait_for("Carol waits again: Anna released it")
    await bob.wait_for("Dave waits again: Anna released it")
    assert await redis.zcard("onduty:waiting:support") == 2
    shown = await anna.wait_for(lambda m: m.message_id == off.message_id)
    assert (shown.text, shown.button_texts) == ("Released 2: the others are told", [])


async def test_off_passes_everything_to_a_colleague(
    redis: Redis, customers: Customers, anna: Phone, bob: Phone
) -> None:
    """Who is rung, and has the cards with the owner's buttons."""
    await sign_in(anna)
    await sign_in(bob)
    customers("Carol")
    await claim(anna, "Carol")
    await ask(anna, "/off")
    off = await anna.wait_for("You've stopped")
    assert (await anna.tap(off.message_id, "Pass to Bob")).text == "Passed 1 to Bob"
    told = await bob.wait_for("🤝 Carol was passed to you")
    assert not told.silent
    await bob.wait_for(lambda m: m.button_texts == ["☑️ Close", "↩️ Release"])
    assert await redis.zrange(claims_key(BOB), 0, -1) == ["of Carol"]
    assert not await redis.exists(claims_key(ANNA))


async def test_a_tap_on_a_former_off_hands_over_nothing_else(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """On duty again, Anna has taken others since; what she held then was returned."""
    await sign_in(anna)
    customers("Carol")
    await claim(anna, "Carol")
    await ask(anna, "/off")
    off = await anna.wait_for("You've stopped")
    await sign_in(anna)
    customers("Dave")
    await claim(anna, "Dave")
    await ask(anna, "/mine")
    mine = await anna.wait_for("You are answering 2 customers")
    assert (await anna.tap(off.message_id, "Release all")).text == "Released 1: the others are told"
    assert await redis.zrange(claims_key(ANNA), 0, -1) == ["of Dave"]
    left = await anna.wait_for("Released 1", after=off.message_id - 1)
    assert "You are still answering 1 customer:\n\n1. Dave" in left.text
    assert left.button_texts == ["Release all"]
    assert (await anna.tap(mine.message_id, "2")).text == "Here it comes"


async def test_what_is_of_two_groups_is_handed_over_group_by_group(
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
        sending(redis, sandbox.base_url, token, Rules()) as jobs,
    ):
        looking = asyncio.create_task(_look(jobs))
        write = _writing(redis_url)
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
        assert (await anna.tap(off.message_id, "Pass to Bob")).text == "Passed 1 to Bob"
        left = await anna.wait_for(lambda m: m.text.startswith("Passed 1 to Bob\n\n"))
        assert "1. Carol" in left.text
        assert left.button_texts == ["Release all"]
        answer = await anna.tap(off.message_id, "Release all")
        assert answer.text == "Released 1: the others are told"
        looking.cancel()


async def test_a_colleague_who_has_gone_off_gets_nothing(
    redis: Redis, customers: Customers, anna: Phone, bob: Phone
) -> None:
    """It is said, and there is another choice; what was held is still held."""
    await sign_in(anna)
    await sign_in(bob)
    customers("Carol")
    await claim(anna, "Carol")
    await ask(anna, "/off")
    off = await anna.wait_for("You've stopped")
    await ask(bob, "/off")
    answer = await anna.tap(off.message_id, "Pass to Bob")
    assert answer.text == "They are off duty by now. Choose again."
    await anna.wait_for(lambda m: m.button_texts == ["Release all"])
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
