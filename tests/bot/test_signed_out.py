"""Who is signed out by anything but their own /off keeps nothing and sees nothing new."""

from redis.asyncio import Redis

from bot.customers import Customers, ask, cards, claim, dispatching, sign_in, waiting, writing
from bot.phones import Running, answers
from onduty_desk.model.keys import OperatorId, claims_key
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Phone, Sandbox
from waiting import until


async def test_blocking_the_bot_lets_go_of_what_one_holds(
    redis: Redis, customers: Customers, anna: Phone, bob: Phone
) -> None:
    """At once, not with the customer's next words: a colleague is rung."""
    await sign_in(anna)
    await sign_in(bob)
    customers("Carol")
    await claim(anna, "Carol")
    await anna.block()

    await waiting(redis, 1)
    await bob.wait_for("↩️ Carol · returned from Anna")


async def test_blocking_after_off_lets_go_too(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """What was kept on purpose is not kept by somebody who has gone."""
    await sign_in(anna)
    customers("Carol")
    await claim(anna, "Carol")
    await ask(anna, "/off")
    assert await redis.zcard(claims_key(OperatorId(101))) == 1
    await anna.block()

    await waiting(redis, 1)
    assert await redis.zcard(claims_key(OperatorId(101))) == 0


async def test_somebody_removed_has_no_buttons_and_no_list(
    redis: Redis, customers: Customers, roster: Roster, anna: Phone
) -> None:
    """`onduty operators remove`: the phone shows what it showed, and nothing can be done there."""
    await sign_in(anna)
    customers("Carol")
    await claim(anna, "Carol")
    await roster.sign_out(OperatorId(101), "removed")
    await waiting(redis, 1)
    (card,) = await cards(anna)
    await anna.wait_for(lambda m: m.message_id == card.message_id and not m.buttons)

    customers("Carol", text="my new card number")
    assert await ask(anna, "/mine") == "You are answering nobody."
    assert "new card number" not in "".join(await answers(anna))


async def test_a_changed_phrase_lets_go_of_what_one_holds(
    redis: Redis, redis_url: str, sandbox: Sandbox, token: str, running: Running, anna: Phone
) -> None:
    """The customer waits for those who know the new one."""
    async with dispatching(redis, sandbox, token):
        async with running():
            await sign_in(anna)
            writing(redis_url)("Carol")
            await claim(anna, "Carol")
        async with running(team_secret="a new phrase altogether"):
            await waiting(redis, 1)


async def test_off_duty_a_list_shows_no_words_that_came_later(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """One sees what one had seen; the customer's next words go to the others."""
    await sign_in(anna)
    customers("Carol")
    await claim(anna, "Carol")
    await ask(anna, "/off")
    await redis.zadd("onduty:messages:of Carol", {"later": 2})
    await redis.set("onduty:message:later", '{"customer_name": "Carol", "text": "later words"}')

    assert "I am Carol" in await ask(anna, "/mine")
    assert "later words" not in "".join(await answers(anna))


async def test_a_card_released_after_off_shows_no_words_that_came_later(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """The customer writes on: the others are rung, and this phone reads nothing of it."""
    await sign_in(anna)
    customers("Carol")
    await claim(anna, "Carol")
    await ask(anna, "/off")
    customers("Carol", text="later words")
    await waiting(redis, 1)
    await anna.wait_for(lambda m: m.text == "⏸️ Carol · you are off duty" and not m.buttons)

    assert "later words" not in "".join(await answers(anna))


async def test_start_says_whether_one_is_on_duty(customers: Customers, anna: Phone) -> None:
    """Who has blocked the bot and starts it again is not left to believe that they are on."""
    assert "You are off duty" in await ask(anna, "/start")
    await sign_in(anna)
    assert "You are on duty" in await ask(anna, "/start")
    await anna.block()
    await anna.unblock()
    await until(lambda: _says_off(anna), equals=True)
    customers("Carol")


async def _says_off(phone: Phone) -> bool:
    return "You are off duty" in await ask(phone, "/start")
