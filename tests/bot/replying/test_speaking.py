"""/name: by which name customers know an operator, in all that the backend is told."""

import pytest
from redis.asyncio import Redis

from bot.customers import ask, claim, sign_in
from bot.replying.conftest import At
from chat_backend import ChatBackend
from onduty.events import ConversationClaimed, ReplyEdited, ReplySent
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

HOW = "To change that, send for example /name Anna from Support"


def names(chat: ChatBackend) -> list[str]:
    """By what name each answer came, in order."""
    return [one.operator.name for one in chat.received if isinstance(one, ReplySent | ReplyEdited)]


@pytest.mark.usefixtures("bot")
async def test_a_name_is_set_shown_and_taken_away(anna: Phone, redis: Redis) -> None:
    """Each answer says what customers read now; it stays when one goes off duty."""
    await ask(anna, "/start")
    assert (await ask(anna, "/name Anna from Support")).startswith("You are off duty.")
    assert await redis.exists("onduty:speaks-as:101") == 0
    await sign_in(anna)
    first = "Customers know you as Anna, your first name in Telegram."
    assert await ask(anna, "/name") == f"{first}\n\n{HOW}"
    said = await ask(anna, "/name  Anna   from Support ")
    assert said == (
        "Customers know you as Anna from Support. Colleagues see your name in Telegram.\n\n"
        "Another name changes it, /name off takes it away."
    )
    await ask(anna, "/off")
    await sign_in(anna)
    assert await ask(anna, "/name") == said
    assert await redis.ttl("onduty:speaks-as:101") > 364 * 86_400
    assert await ask(anna, "/name OFF") == f"{first}\n\n{HOW}"
    assert await redis.exists("onduty:speaks-as:101") == 0


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ("A" * 65, "This name has 65 characters; 64 is the most."),
        ("Anna\nfrom Support", "A name is one line of text."),
        ("\u2063\u200b", "A name is one line of text."),
        ("https://shop.example", "A name cannot be a link."),
        ("shop.com", "A name cannot be a link."),
    ],
)
async def test_what_is_no_name_is_refused_with_a_sentence(
    wanted: str, why: str, anna: Phone
) -> None:
    """The name there was stays."""
    await sign_in(anna)
    await ask(anna, "/name Annie")
    assert (await ask(anna, f"/name {wanted}")).startswith(why)
    assert (await ask(anna, "/name")).startswith("Customers know you as Annie.")


@pytest.mark.usefixtures("bot")
async def test_the_longest_name_is_taken(anna: Phone) -> None:
    """64 characters."""
    await sign_in(anna)
    assert "A" * 64 in await ask(anna, f"/name {'A' * 64}")


async def test_customers_read_the_first_name_unless_another_is_chosen(
    sandbox: Sandbox, at: At, delivered: ChatBackend
) -> None:
    """Not the family name; an answer keeps its name when it is edited."""
    anna = await sandbox.add_user(101, "Anna", last_name="Nowak", language_code="en")
    one = await at(anna)
    one.write("Alice")
    await one.shows(await one.reply("Alice", "Hello"), "👍")
    await ask(anna, "/name Anna from Support")
    sent = await one.reply("Alice", "Helo")
    await one.shows(sent, "👍")
    await ask(anna, "/name Ms Nowak")
    await anna.edit(sent, "Hello again")
    await until(lambda: names(delivered), equals=["Anna", "Anna from Support", "Anna from Support"])


async def test_whoever_claims_has_the_chosen_name_at_the_backend_and_not_on_cards(
    anna: Phone, bob: Phone, at: At, delivered: ChatBackend
) -> None:
    """A customer may be told who has begun to answer; a colleague looks for somebody they know."""
    one, two = await at(anna), await at(bob)
    await ask(anna, "/name Support")
    one.write("Alice")
    await two.card("Alice")
    await claim(anna, "Alice")
    await bob.wait_for("👤 Alice · Anna is answering")
    await until(lambda: len(delivered.received), equals=1)
    (claimed,) = delivered.received
    assert isinstance(claimed, ConversationClaimed)
    assert claimed.operator.name == "Support"


async def test_what_is_held_is_sent_under_the_name_of_then(
    anna: Phone, bob: Phone, at: At, delivered: ChatBackend
) -> None:
    """Who agrees to take over speaks by the name that they have at that moment."""
    one, two = await at(anna), await at(bob)
    one.write("Alice")
    await two.card("Alice")
    await claim(anna, "Alice")
    asked = await two.told(await two.reply("Alice", "Hello"))
    await ask(bob, "/name Robert")
    await bob.tap(asked.message_id, "Take over and send")
    await until(lambda: names(delivered), equals=["Robert"])
