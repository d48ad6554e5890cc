"""A text that replies to nothing: it is asked for whom it is, and never guessed."""

import pytest
from redis.asyncio import Redis

from bot.customers import claim
from bot.replying.arrived import replies
from bot.replying.conftest import At
from chat_backend import ChatBackend
from onduty_desk.model.event_keys import EVENTS_WANTED
from onduty_sandbox.client import Phone
from waiting import until

NO_ONE = "This reached no one. To answer a customer, reply to their message here."


@pytest.mark.parametrize("names", [["Alice"], ["Alice", "Bilal"], ["Al", "Bo", "Cy", "Di", "Ed"]])
async def test_each_of_whom_they_own_has_a_button(
    names: list[str], anna: Phone, at: At, delivered: ChatBackend
) -> None:
    """One customer is asked for too: nothing is sent that was not meant for them."""
    one = await at(anna)
    for name in names:
        one.write(name)
        await claim(anna, name)
    sent = await anna.send("I am on it")
    asked = await one.told(sent)
    assert asked.text == "This was not sent yet. Whom is it for?"
    assert asked.button_texts == [f"To {name}" for name in names]
    assert replies(delivered) == []
    await anna.tap(asked.message_id, f"To {names[-1]}")
    await one.shows(sent, "👍")
    assert replies(delivered) == [(f"of {names[-1]}", "I am on it")]


async def test_with_none_or_very_many_nothing_is_offered(
    anna: Phone, at: At, delivered: ChatBackend
) -> None:
    """They are told how to answer."""
    one = await at(anna)
    await anna.send("Hello?")
    await anna.wait_for(NO_ONE)
    for name in ("Al", "Bo", "Cy", "Di", "Ed", "Flo"):
        one.write(name)
        await claim(anna, name)
    sent = await anna.send("Hello?")
    await anna.wait_for(NO_ONE, after=sent)
    assert replies(delivered) == []


async def test_it_is_sent_once_and_only_to_whom_they_still_answer(
    anna: Phone, bob: Phone, at: At, delivered: ChatBackend, redis: Redis
) -> None:
    """Taken over meanwhile, it is as a reply to their card; chosen twice, it goes once."""
    one, two = await at(anna), await at(bob)
    one.write("Alice", "Bilal")
    await two.card("Alice")
    await claim(anna, "Alice")
    await claim(anna, "Bilal")
    sent = await anna.send("I am on it")
    asked = await one.told(sent)
    over = await two.told(await two.reply("Alice", "Mine"))
    await bob.tap(over.message_id, "Take over and send")
    await until(lambda: replies(delivered), equals=[("of Alice", "Mine")])
    assert (await anna.tap(asked.message_id, "To Alice")).text == "Bob is answering Alice."
    asked = await anna.wait_for("Bob is answering Alice.")
    assert asked.button_texts == ["Take over and send"]
    await anna.tap(asked.message_id, "Take over and send")
    await one.shows(sent, "👍")
    assert replies(delivered)[1:] == [("of Alice", "I am on it")]
    assert await redis.hexists(f"onduty:reply:101:{sent}", "choices") is False


async def test_without_events_nothing_is_offered(anna: Phone, at: At, redis: Redis) -> None:
    """The link is the way."""
    one = await at(anna)
    one.write("Alice")
    await claim(anna, "Alice")
    await redis.delete(EVENTS_WANTED)
    await anna.send("Hello?")
    await anna.wait_for("To answer a customer, open the link in their message.")
