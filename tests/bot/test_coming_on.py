"""What /on brings: one summary that rings, a few silent cards, a button for more."""

from redis.asyncio import Redis

from bot.customers import Customers, ask, cards, dispatching, sign_in, waiting, writing
from bot.phones import Running
from onduty_desk.model.keys import ConversationId, conversation_key
from onduty_sandbox.client import Phone, Sandbox
from waiting import until


async def test_on_brings_the_first_five_silently_and_more_on_demand(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """One summary rings; urgent and oldest first; each tap brings five more."""
    customers(*(f"Customer {n:02}" for n in range(1, 11)))
    customers("Fire 1", "Fire 2", priority="urgent")
    await waiting(redis, 12)
    greeting = await sign_in(anna)
    assert greeting.startswith("You've started receiving messages")
    assert greeting.endswith("12 customers wait, 2 urgent. Here come the first 5, and 7 more wait.")
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
    await anna.wait_for("I am Carol")
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


async def test_where_on_brings_no_cards_a_tap_does(
    redis: Redis,
    running: Running,
    sandbox: Sandbox,
    token: str,
    redis_url: str,
    anna: Phone,
) -> None:
    """With ONDUTY_BACKLOG_CARDS=0 the summary promises none."""
    async with running(backlog_cards=0), dispatching(redis, sandbox, token):
        write = writing(redis_url)
        for number in range(7):
            write(f"Customer {number}")
        await waiting(redis, 7)
        assert (await sign_in(anna)).endswith("\n\n7 customers wait.")
        summary = await anna.wait_for("7 customers wait")
        assert (await anna.tap(summary.message_id, "Show more (7)")).text == "5 more come"
        await anna.wait_for(lambda m: m.button_texts == ["Show more (2)"])
