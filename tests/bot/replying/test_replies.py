"""An operator replies to a card, and the customer gets it."""

import asyncio
import json

import pytest
from redis.asyncio import Redis

from bot.customers import claim
from bot.phones import Deliver
from bot.replying.arrived import NOT, message_update, replies
from bot.replying.conftest import At
from chat_backend import ChatBackend
from onduty.events import ConversationClaimed, RepliedTo, ReplySent
from onduty_bot.conversations.glance import NOTHING, Glance, Glances
from onduty_desk.model.event_keys import EVENTS_DUE
from onduty_desk.model.keys import ConversationId, conversation_key
from onduty_sandbox.client import Phone
from waiting import until


async def test_a_reply_to_a_card_is_the_answer(anna: Phone, at: At, delivered: ChatBackend) -> None:
    """It claims what waits, and the operator sees on their own message that it arrived."""
    one = await at(anna)
    one.write("Alice", id="m1")
    sent = await one.reply("Alice", "Hello & welcome")
    await one.shows(sent, "👍")
    claimed, reply = delivered.received
    assert isinstance(claimed, ConversationClaimed)
    assert isinstance(reply, ReplySent)
    assert (reply.text, reply.html) == ("Hello & welcome", "Hello &amp; welcome")
    assert (reply.operator.id, reply.operator.name, reply.attachments) == (101, "Anna", ())
    assert reply.in_reply_to is not None
    assert (reply.in_reply_to.message_id, reply.in_reply_to.quote) == ("m1", None)
    assert reply.sent_at is not None
    await anna.wait_for(lambda m: "☑️ Close" in m.button_texts)


async def test_a_thumb_quicker_than_the_sender_answers_too(
    at: At, anna: Phone, delivered: ChatBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram shows a card before its sender has written down which message it is."""

    async def too_early(*_: object, **__: object) -> Glance:
        return NOTHING

    monkeypatch.setattr(Glances, "of", too_early)
    one = await at(anna)
    one.write("Alice")
    await one.reply("Alice", "Hello")
    await until(lambda: replies(delivered), equals=[("of Alice", "Hello")])


async def test_an_answer_is_the_last_word(
    anna: Phone, at: At, delivered: ChatBackend, redis: Redis
) -> None:
    """The lease stops, as `touch` lets it; the card says so."""
    one = await at(anna)
    one.write("Alice")
    await claim(anna, "Alice")
    key = conversation_key(ConversationId("of Alice"))
    assert await redis.hget(key, "nudge_at_ms")
    await one.shows(await one.reply("Alice", "Hello"), "👍")
    assert await redis.hmget(key, "answered", "nudge_at_ms") == ["1", None]
    assert replies(delivered) == [("of Alice", "Hello")]


async def test_a_reply_to_a_follow_up_is_an_answer_too(
    anna: Phone, at: At, delivered: ChatBackend
) -> None:
    """To any message of the conversation on the phone; it is told which one was meant."""
    one = await at(anna)
    one.write("Alice")
    await claim(anna, "Alice")
    one.write("Alice", text="And the size?", id="m2")
    follow_up = await anna.wait_for("And the size?")
    await one.shows(await anna.send("XL", reply_to=follow_up.message_id), "👍")
    (reply,) = [event for event in delivered.received if isinstance(event, ReplySent)]
    assert reply.in_reply_to is not None
    assert reply.in_reply_to.message_id == "m2"


async def test_two_who_answer_at_once_one_is_sent_and_the_other_is_told(
    anna: Phone, bob: Phone, at: At, delivered: ChatBackend
) -> None:
    """Whoever is second may take over, and sends exactly what they have written."""
    one, two = await at(anna), await at(bob)
    for number in range(5):
        customer = f"Alice{number}"
        one.write(customer)
        await asyncio.gather(one.card(customer), two.card(customer))
        sent = await asyncio.gather(one.reply(customer, "Anna's"), two.reply(customer, "Bob's"))
        await until(lambda: len(replies(delivered)), equals=number + 1)
        _, text = replies(delivered)[number]
        first, second = (0, 1) if text == "Anna's" else (1, 0)
        await (one, two)[first].shows(sent[first], "👍")
        told = await (one, two)[second].told(sent[second])
        name = ("Anna", "Bob")[first]
        assert told.text == f"{NOT}{name} is answering {customer}."
        assert told.button_texts == ["Take over and send"]


async def test_take_over_and_send_sends_just_that(
    anna: Phone, bob: Phone, at: At, delivered: ChatBackend
) -> None:
    """A second tap sends nothing more."""
    one, two = await at(anna), await at(bob)
    one.write("Alice")
    await two.card("Alice")
    await claim(anna, "Alice")
    sent = await two.reply("Alice", "It is me")
    told = await two.told(sent)
    tapped = await bob.tap(told.message_id, "Take over and send")
    assert tapped.text == "On its way to Alice"
    await two.shows(sent, "👍")
    assert replies(delivered) == [("of Alice", "It is me")]
    assert delivered.received[-2].type == "conversation.claimed"


async def test_what_is_closed_is_reopened_by_who_closed_it(
    anna: Phone, at: At, delivered: ChatBackend
) -> None:
    """One tap sends just what was written."""
    one = await at(anna)
    one.write("Alice")
    card = await one.card("Alice")
    await claim(anna, "Alice")
    await anna.tap(card, "close")
    sent = await anna.send("One more thing", reply_to=card)
    told = await one.told(sent)
    assert told.text == f"{NOT}The conversation with Alice is closed."
    await anna.tap(told.message_id, "Reopen and send")
    await one.shows(sent, "👍")
    assert [event.type for event in delivered.received[-3:]] == [
        "conversation.closed",
        "conversation.claimed",
        "reply.sent",
    ]


async def test_an_update_that_comes_twice_is_sent_once(
    anna: Phone, at: At, delivered: ChatBackend, redis: Redis, deliver: Deliver
) -> None:
    """The bot was killed after the step: it is handled again."""
    one = await at(anna)
    one.write("Alice")
    card = await one.card("Alice")
    reply = {"message_id": card, "date": 0, "chat": {"id": 101, "type": "private"}}
    update_id = await deliver(
        message={"text": "Hello", "message_id": 900, "reply_to_message": reply}
    )
    await until(lambda: replies(delivered), equals=[("of Alice", "Hello")])
    await redis.delete(f"onduty:update:{update_id}")
    await redis.zadd(
        "onduty:updates:101",
        {json.dumps({"update": message_update(update_id, reply), "phrases": []}): update_id},
    )
    await redis.zadd("onduty:updates-first", {"101": 0})
    await until(lambda: redis.zcard("onduty:updates:101"), equals=0)
    await until(lambda: redis.zcard(EVENTS_DUE), equals=0)
    assert replies(delivered) == [("of Alice", "Hello")]


async def test_a_quote_tells_which_message_is_meant(
    anna: Phone, at: At, delivered: ChatBackend, deliver: Deliver
) -> None:
    """A card may show several; only words that the customer wrote are quoted."""
    one = await at(anna)
    one.write("Alice", text="Is it red?", id="m1")
    card = (await anna.wait_for("Is it red?")).message_id
    reply = {"message_id": card, "date": 0, "chat": {"id": 101, "type": "private"}}
    for number, quote in enumerate(("red", "writes to")):
        quoted = {"text": quote, "position": 6, "is_manual": True}
        await deliver(
            message={
                "message_id": 900 + number,
                "text": "Yes",
                "reply_to_message": reply,
                "quote": quoted,
            }
        )
        await until(lambda: len(replies(delivered)), equals=number + 1)
    about = [e.in_reply_to for e in delivered.received if isinstance(e, ReplySent)]
    assert about == [RepliedTo(message_id="m1", quote="red"), RepliedTo(message_id="m1")]
