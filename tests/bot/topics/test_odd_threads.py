"""Threads that are not ours, clients that show replies otherwise, and a desk without topics."""

import pytest
from redis.asyncio import Redis

from bot.customers import Customers, dispatching, sign_in, writing
from bot.phones import Deliver, Running
from bot.replying.arrived import NOT, replies
from bot.replying.conftest import Show
from bot.topics.conftest import Hire, InTopics
from chat_backend import ChatBackend
from onduty_desk.topics.topics import WHERE, Topics
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

pytestmark = pytest.mark.usefixtures("delivered")


async def test_without_topics_a_thread_is_answered_in_that_thread(
    redis: Redis,
    redis_url: str,
    sandbox: Sandbox,
    token: str,
    running: Running,
    wanted: None,  # noqa: ARG001 - it is
    showing: Show,
    anna: Phone,
) -> None:
    """ONDUTY_TOPICS=off, but the bot has topics, and its users make some."""
    await sandbox.switch_topics(users_create=True, bot=int(token.partition(":")[0]))
    await Topics(redis).note_enabled(has_topics=True)
    async with running(topics="off"), dispatching(redis, sandbox, token), showing():
        await anna.send("/on")
        await anna.wait_for("Enter team secret phrase:")
        await anna.send("open sesame")
        await anna.wait_for("You've started receiving messages")
        one = InTopics(anna, redis, writing(redis_url))
        one.write("Alice")
        await one.tap_claim("Alice")
        await one.outside("🟢 Alice · waits for your answer")
        sent = await anna.send("Hello?")
        told = await one.told(sent)
        (thread,) = [m.topic for m in await anna.messages() if m.message_id == sent]
        assert thread is not None
        assert (told.topic, told.button_texts) == (thread, ["To Alice"])
        await anna.tap(told.message_id, "To Alice")
        await one.shows(sent, "👍")
        command = await anna.send("/mine", topic=thread)
        answer = await anna.wait_for("Alice", after=command)
        assert answer.topic == thread
        names = [topic.name for topic in await anna.topics()]
        assert "Alice · The Shop" not in names


async def test_an_app_that_shows_all_as_replies_to_the_beginning_of_the_topic(
    anna: Phone, at: Hire, delivered: ChatBackend, deliver: Deliver
) -> None:
    """It is the answer, about no message in particular."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    beginning = {
        "message_id": topic.id,
        "date": 0,
        "chat": {"id": 101, "type": "private", "first_name": "Anna"},
        "message_thread_id": topic.id,
        "forum_topic_created": {"name": topic.name, "icon_color": 7322096},
    }
    await deliver(
        message={
            "message_id": 9001,
            "text": "Hello",
            "message_thread_id": topic.id,
            "is_topic_message": True,
            "reply_to_message": beginning,
        }
    )
    await until(lambda: replies(delivered), equals=[("of Alice", "Hello")])


async def test_without_a_header_the_words_say_which_message_it_is_about(
    anna: Phone, at: Hire, delivered: ChatBackend
) -> None:
    """Of two refusals each holds the beginning of what was refused."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    context = await one.inside(topic.id, "I am Alice")
    await anna.tap(context.message_id, "release")
    await one.topic("↩ Alice")
    await anna.send("/off")
    await one.outside("You've stopped receiving messages")
    sent = await anna.send("A long word " * 20, topic=topic.id)
    told = await anna.wait_for("You are off duty", after=sent)
    assert told.topic == topic.id
    assert told.text.startswith("“A long word A long word")
    assert NOT.strip() in told.text
    assert replies(delivered) == []


async def test_what_is_written_in_the_topic_of_one_is_no_reason_to_pass_on_another(
    anna: Phone, bob: Phone, at: Hire, delivered: ChatBackend
) -> None:
    """A line for a colleague never goes to a customer, nor the other way round."""
    one = await at(anna)
    await at(bob)
    one.write("Alice", "Bilal")
    topic = await one.claim("Alice")
    await one.tap_claim("Bilal")
    card = one.cards["Bilal"]
    await anna.wait_for(lambda m: m.message_id == card and "⋯" in m.button_texts)
    await anna.tap(card, "menu")
    await anna.wait_for(lambda m: m.message_id == card and "🤝 Pass on" in m.button_texts)
    await anna.tap(card, "delegate")
    asked = await anna.wait_for("To whom shall Bilal go?")
    (to_bob,) = [text for text in asked.button_texts if text.startswith("Bob")]
    await anna.tap(asked.message_id, to_bob)
    await anna.wait_for("Bilal, to Bob. Why?")
    await one.shows(await anna.send("Hello Alice", topic=topic.id), "👍")
    assert replies(delivered) == [("of Alice", "Hello Alice")]
    await anna.send("Speaks only French")
    await anna.wait_for("Bob is asked to take over Bilal")
    assert replies(delivered) == [("of Alice", "Hello Alice")]


async def test_a_question_about_a_card_in_a_topic_is_asked_there(
    anna: Phone, bob: Phone, at: Hire
) -> None:
    """And what is written there then is the reason."""
    one = await at(anna)
    await at(bob)
    one.write("Alice")
    topic = await one.claim("Alice")
    context = await one.inside(topic.id, "I am Alice")
    await anna.tap(context.message_id, "menu")
    await anna.wait_for(
        lambda m: m.message_id == context.message_id and "🤝 Pass on" in m.button_texts
    )
    await anna.tap(context.message_id, "delegate")
    asked = await one.inside(topic.id, "To whom shall Alice go?")
    (to_bob,) = [text for text in asked.button_texts if text.startswith("Bob")]
    await anna.tap(asked.message_id, to_bob)
    await one.inside(topic.id, "Alice, to Bob. Why?")
    await anna.send("Speaks only French", topic=topic.id)
    await one.inside(topic.id, "Bob is asked to take over Alice")


async def test_topics_says_where_they_are_switched_on(
    customers: Customers,  # noqa: ARG001 - a desk whose bot has none
    anna: Phone,
) -> None:
    """To whoever asks on duty."""
    await anna.send("/topics")
    await anna.wait_for("You are off duty")
    await sign_in(anna)
    await anna.send("/topics on")
    told = await anna.wait_for("This bot has no topics")
    assert WHERE in told.text


async def test_a_name_that_was_asked_for_in_a_topic_goes_to_no_customer(
    anna: Phone, at: Hire, delivered: ChatBackend
) -> None:
    """What replies to the question is whom they look for, though the topic is a customer's."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    command = await anna.send("/find", topic=topic.id)
    question = await anna.wait_for("Whom are you looking for?", after=command)
    name = await anna.send("Alice", reply_to=question.message_id)
    await anna.wait_for("🟢 Alice · in its topic", after=name)
    assert replies(delivered) == []
