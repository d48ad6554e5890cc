"""Whoever takes a customer gets a topic; what is written there is the answer."""

import pytest

from bot.replying.arrived import replies
from bot.topics.conftest import Hire
from chat_backend import ChatBackend
from onduty import SupportDesk
from onduty.events import ReplySent
from onduty_sandbox.client import Phone
from waiting import until

TAKEN_BACK = "🗑 The customer has taken a message back"
NOT = "This did not reach the customer"

pytestmark = pytest.mark.usefixtures("delivered")


async def test_a_claim_opens_a_topic_with_a_pinned_context_message(anna: Phone, at: Hire) -> None:
    """Who it is, what they wrote, the link and the buttons; the card becomes one line."""
    one = await at(anna)
    one.write("Alice", reply_url="https://shop.example/alice")
    topic = await one.claim("Alice")
    context = await one.inside(topic.id, "I am Alice")
    assert "Alice writes to The Shop" in context.text
    assert "https://shop.example/alice" in context.text
    assert context.button_texts == ["☑️ Close", "↩️ Release", "⋯", "📝 Note"]
    assert context.silent
    await anna.wait_for(lambda m: m.message_id == context.message_id and m.pinned)
    card = await one.outside("🟢 Alice · in its topic")
    assert card.message_id == one.cards["Alice"]
    assert card.text == "🟢 Alice · in its topic"
    assert card.button_texts == ["☑️ Close", "↩️ Release"]


async def test_what_is_written_in_a_topic_is_the_answer(
    anna: Phone, at: Hire, delivered: ChatBackend
) -> None:
    """With no gesture, and each to its own customer; the reaction says that it arrived."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    sent = await anna.send("Hello Alice", topic=topic.id)
    await one.shows(sent, "👍")
    assert replies(delivered) == [("of Alice", "Hello Alice")]


async def test_what_the_customer_writes_next_comes_into_the_topic(
    anna: Phone, at: Hire, delivered: ChatBackend
) -> None:
    """A reply to it there tells the backend which message was meant."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    one.write("Alice", text="And the size?", id="m2")
    came = await one.inside(topic.id, "And the size?")
    assert not came.silent
    sent = await anna.send("XL", reply_to=came.message_id, topic=topic.id)
    await one.shows(sent, "👍")
    (event,) = [event for event in delivered.received if isinstance(event, ReplySent)]
    assert event.in_reply_to is not None
    assert event.in_reply_to.message_id == "m2"
    assert [m for m in await anna.messages() if "And the size?" in m.text] == [came]


async def test_what_the_customer_takes_back_is_not_in_the_topic_any_more(
    anna: Phone, at: Hire, redis_url: str
) -> None:
    """Neither where they wrote it nor in the message at the top, after a close either."""
    one, backend = await at(anna), SupportDesk(redis_url)
    one.write("Alice", text="My PIN is 1234", id="m1")
    card = await anna.wait_for("My PIN is 1234")
    await anna.tap(card.message_id, "claim")
    topic = await one.topic("Alice · The Shop")
    context = await one.inside(topic.id, "My PIN is 1234")
    one.write("Alice", text="Or was it 5678", id="m2")
    came = await one.inside(topic.id, "Or was it 5678")
    backend.retract("m1")
    assert (await one.inside(topic.id, TAKEN_BACK)).message_id == context.message_id
    await anna.tap(context.message_id, "☑️ Close")
    await one.topic("✓ Alice")
    backend.retract("m2")
    await anna.wait_for(lambda m: m.message_id == came.message_id and TAKEN_BACK in m.text)
    assert not [m for m in await anna.messages() if "PIN" in m.text or "5678" in m.text]


async def test_edits_and_undo_work_in_a_topic(
    anna: Phone, at: Hire, delivered: ChatBackend
) -> None:
    """As they do outside."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    sent = await anna.send("Hello", topic=topic.id)
    await one.shows(sent, "👍")
    await anna.edit(sent, "Hello!")
    await until(lambda: [event.type for event in delivered.received][-1], equals="reply.edited")
    await one.shows(sent, "👍")
    await anna.send("/undo", reply_to=sent, topic=topic.id)
    await until(lambda: [event.type for event in delivered.received][-1], equals="reply.deleted")
    await one.shows(sent, "")


async def test_undo_alone_takes_back_the_newest_answer_in_the_topic(
    anna: Phone, at: Hire, delivered: ChatBackend
) -> None:
    """Not all apps say there to what a message replies."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    first = await anna.send("Hello", topic=topic.id)
    second = await anna.send("Good bye", topic=topic.id)
    await one.shows(second, "👍")
    await anna.send("/undo", topic=topic.id)
    await one.shows(second, "")
    await one.shows(first, "👍")
    told = await one.told(second)
    assert told.text.startswith("“Good bye”\n\nThis answer is being taken back.")
    await anna.send("/undo", topic=topic.id)
    again = await anna.wait_for("You have taken this answer back already.")
    assert again.reply_to == second
    assert [text for _, text in replies(delivered)] == ["Hello", "Good bye"]


async def test_closed_it_is_renamed_and_opened_again_by_the_next_claim(
    anna: Phone, at: Hire, delivered: ChatBackend
) -> None:
    """What is written there meanwhile is offered to be sent with a reopening."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    context = await one.inside(topic.id, "I am Alice")
    await anna.tap(context.message_id, "close")
    assert (await one.topic("✓ Alice")).id == topic.id
    shown = await anna.wait_for(
        lambda m: m.message_id == context.message_id and m.button_texts == ["Reopen"]
    )
    assert "closed by you" in shown.text
    one.write("Alice", text="I am Alice again")
    await one.outside("I am Alice again")
    await one.tap_claim("Alice")
    assert (await one.topic("Alice · The Shop")).id == topic.id
    again = await one.inside(topic.id, "I am Alice again")
    assert again.message_id > context.message_id
    await one.shows(await anna.send("Welcome back", topic=topic.id), "👍")
    assert replies(delivered) == [("of Alice", "Welcome back")]


async def test_what_is_written_in_the_topic_of_a_closed_one_can_reopen_it(
    anna: Phone, at: Hire, delivered: ChatBackend
) -> None:
    """One tap, in the same topic."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    context = await one.inside(topic.id, "I am Alice")
    await anna.tap(context.message_id, "close")
    await one.topic("✓ Alice")
    sent = await anna.send("One more thing", topic=topic.id)
    told = await one.told(sent)
    assert told.topic == topic.id
    assert told.text.startswith(f"“One more thing”\n\n{NOT}")
    await anna.tap(told.message_id, "Reopen and send")
    await one.shows(sent, "👍")
    assert replies(delivered) == [("of Alice", "One more thing")]
    assert (await one.topic("Alice · The Shop")).id == topic.id


async def test_taken_over_the_old_owners_topic_stays_and_refuses_with_a_word(
    anna: Phone, bob: Phone, at: Hire, delivered: ChatBackend
) -> None:
    """It is named after the colleague, who has a topic of their own."""
    one, two = await at(anna), await at(bob)
    one.write("Alice")
    await two.card("Alice")
    topic = await one.claim("Alice")
    card = await bob.wait_for("Anna is answering")
    await bob.tap(card.message_id, "open")
    await bob.wait_for(lambda m: "Take over" in m.button_texts)
    await bob.tap(card.message_id, "take_over")
    await bob.wait_for(lambda m: "Yes, take over from Anna" in m.button_texts)
    await bob.tap(card.message_id, "confirm")
    theirs = await two.topic("Alice · The Shop")
    assert (await one.topic("→ Bob · Alice")).id == topic.id
    sent = await anna.send("Am I late?", topic=topic.id)
    told = await one.told(sent)
    assert told.topic == topic.id
    assert told.text == f"“Am I late?”\n\n{NOT}\n\nBob is answering Alice."
    assert told.button_texts == ["Take over and send"]
    await two.shows(await bob.send("Here I am", topic=theirs.id), "👍")
    assert replies(delivered) == [("of Alice", "Here I am")]


async def test_text_outside_any_topic_is_offered_as_without_topics(
    anna: Phone, at: Hire, delivered: ChatBackend
) -> None:
    """Never sent by guess, though there is but one."""
    one = await at(anna)
    one.write("Alice")
    await one.claim("Alice")
    sent = await anna.send("Hello?")
    told = await one.told(sent)
    assert (told.topic, told.button_texts) == (None, ["To Alice"])
    await anna.tap(told.message_id, "To Alice")
    await one.shows(sent, "👍")
    assert replies(delivered) == [("of Alice", "Hello?")]


async def test_what_is_no_text_is_refused_in_its_topic(anna: Phone, at: Hire) -> None:
    """With a word."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    sent = await anna.send_file("document", b"x", "x.txt", topic=topic.id)
    told = await one.told(sent)
    assert told.topic == topic.id
    assert "Only text can be sent" in told.text


async def test_an_answer_that_failed_is_told_of_in_its_topic(
    anna: Phone, at: Hire, delivered: ChatBackend
) -> None:
    """With the words that it is about: not all apps show to what it replies."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    delivered.answers = lambda _: 422
    sent = await anna.send("Hello", topic=topic.id)
    await one.shows(sent, "😢")
    told = await one.told(sent)
    assert told.topic == topic.id
    assert told.text.startswith("“Hello”\n\n😢 This did not reach the customer")
    delivered.answers = lambda _: 204
    await anna.tap(told.message_id, "Try again")
    await one.shows(sent, "👍")


async def test_topics_off_and_on_for_ones_own_phone(anna: Phone, at: Hire) -> None:
    """Off, the next message comes flat; a topic that is there still takes answers."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    await anna.send("/topics off")
    await one.outside("/topics on gives each whom you take a topic")
    await one.outside("🟢 Alice · waits for your answer")
    one.write("Alice", text="Where are you?")
    flat = await one.outside("Where are you?")
    assert flat.reply_to == one.cards["Alice"]
    await one.shows(await anna.send("Here", topic=topic.id), "👍")
    await anna.send("/topics on")
    await one.outside("🟢 Alice · in its topic")
    one.write("Alice", text="There you are")
    await one.inside(topic.id, "There you are")
