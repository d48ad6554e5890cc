"""Words of operators that are not sent on, and what they are told of it."""

import asyncio

import pytest
from redis.asyncio import Redis

from bot.customers import claim
from bot.phones import Deliver
from bot.replying.arrived import NOT, owner, replies
from bot.replying.conftest import At
from chat_backend import ChatBackend
from onduty import SupportDesk
from onduty_desk.model.event_keys import EVENTS_WANTED
from onduty_desk.model.keys import ConversationId, conversation_key
from onduty_sandbox.client import Phone
from waiting import until

STICKER = {
    "file_id": "s",
    "file_unique_id": "s",
    "type": "regular",
    "width": 1,
    "height": 1,
    "is_animated": False,
    "is_video": False,
}


async def test_somebody_else_has_it_by_the_time_of_the_tap(
    anna: Phone, bob: Phone, boris: Phone, at: At, delivered: ChatBackend
) -> None:
    """Then nothing is sent, and it is asked again with their name."""
    one, two, three = await at(anna), await at(bob), await at(boris)
    one.write("Alice")
    await asyncio.gather(two.card("Alice"), three.card("Alice"))
    await claim(anna, "Alice")
    sent = await two.reply("Alice", "It is me")
    told = await two.told(sent)
    over = await three.told(await three.reply("Alice", "Нет, я"))
    assert over.button_texts == ["Забрать себе и отправить"]
    await boris.tap(over.message_id, "Забрать себе и отправить")
    await until(lambda: replies(delivered), equals=[("of Alice", "Нет, я")])
    assert (await bob.tap(told.message_id, "Take over and send")).text.startswith("Борис is")
    asked = await bob.wait_for("Борис is answering Alice.")
    await bob.tap(asked.message_id, "Take over and send")
    await two.shows(sent, "👍")
    assert replies(delivered)[1:] == [("of Alice", "It is me")]


async def test_what_the_shop_closed_stays_closed(
    anna: Phone, at: At, delivered: ChatBackend, redis_url: str, redis: Redis
) -> None:
    """Nobody here may reopen it: they are told that it comes by itself."""
    one = await at(anna)
    one.write("Alice")
    card = await one.card("Alice")
    await claim(anna, "Alice")
    SupportDesk(redis_url).close("of Alice")
    key = conversation_key(ConversationId("of Alice"))
    await until(lambda: redis.hget(key, "state"), equals="closed")
    told = await one.told(await anna.send("Wait", reply_to=card))
    assert told.text.startswith(f"{NOT}The conversation with Alice is closed. When they write")
    assert told.buttons == ()
    assert replies(delivered) == []


async def test_without_room_it_is_told_so(
    anna: Phone, at: At, delivered: ChatBackend, redis: Redis
) -> None:
    """It stays with nobody, and nothing is sent."""
    one = await at(anna)
    await anna.send("/limit 1")
    one.write("Alice", "Bilal")
    await claim(anna, "Alice")
    told = await one.told(await one.reply("Bilal", "Hello"))
    assert told.text.startswith(f"{NOT}Your limit is 1 customer.")
    assert await owner(redis, "Bilal") is None
    assert replies(delivered) == []


async def test_of_another_group_nothing_is_sent(
    anna: Phone, at: At, delivered: ChatBackend, redis: Redis
) -> None:
    """Nor offered to others; not even the customer's name is told."""
    one = await at(anna)
    one.write("Alice", "Bilal")
    await claim(anna, "Bilal")
    card = await one.card("Alice")
    await redis.hset(conversation_key(ConversationId("of Alice")), "group", "sales")
    told = await one.told(await anna.send("Hello", reply_to=card))
    assert told.text == f"{NOT}This is another group's conversation"
    assert replies(delivered) == []


async def test_off_duty_nothing_is_sent(
    anna: Phone, at: At, delivered: ChatBackend, redis: Redis
) -> None:
    """They are told, and the conversation stays as it is."""
    one = await at(anna)
    one.write("Alice")
    card = await one.card("Alice")
    await anna.send("/off")
    await until(lambda: redis.exists("onduty:operator:101"), equals=0)
    sent = await anna.send("Hello", reply_to=card)
    told = await anna.wait_for("This did not reach the customer", after=sent)
    assert "You are off duty" in told.text
    assert told.reply_to == sent
    assert replies(delivered) == []


async def test_without_events_the_link_is_the_way(anna: Phone, at: At, redis: Redis) -> None:
    """Where nobody brings answers to the backend, none is taken."""
    one = await at(anna)
    one.write("Alice", reply_url="https://shop.example/alice")
    card = await one.card("Alice")
    await redis.delete(EVENTS_WANTED)
    sent = await anna.send("Hello", reply_to=card)
    told = await anna.wait_for("This did not reach the customer", after=sent)
    assert told.text == f"{NOT}Answer here: https://shop.example/alice"
    assert told.reply_to == sent
    assert await owner(redis, "Alice") is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({"sticker": STICKER}, "Only text can be sent to customers from here."),
        (
            {
                "text": "I am Alice",
                "forward_origin": {
                    "type": "user",
                    "date": 0,
                    "sender_user": {"id": 42, "is_bot": True, "first_name": "Bot"},
                },
            },
            "Forwarded messages are not sent on. Write it yourself.",
        ),
    ],
    ids=["sticker", "forward"],
)
async def test_what_is_no_text_of_theirs_is_not_sent(
    content: dict[str, object],
    why: str,
    anna: Phone,
    at: At,
    delivered: ChatBackend,
    redis: Redis,
    deliver: Deliver,
) -> None:
    """Nothing is claimed by it either."""
    one = await at(anna)
    one.write("Alice")
    card = await one.card("Alice")
    reply = {"message_id": card, "date": 0, "chat": {"id": 101, "type": "private"}}
    await deliver(message={"message_id": 900, **content, "reply_to_message": reply})
    told = await anna.wait_for(NOT + why)
    assert told.from_bot
    assert replies(delivered) == []
    assert await owner(redis, "Alice") is None


async def test_a_phrase_never_reaches_a_customer(
    anna: Phone, at: At, delivered: ChatBackend
) -> None:
    """The message is removed from the chat, and not sent."""
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "You need: open sesame")

    async def is_deleted() -> bool:
        return next(m for m in await anna.messages() if m.message_id == sent).deleted

    await until(is_deleted)
    await one.shows(await one.reply("Alice", "Hello"), "👍")
    assert replies(delivered) == [("of Alice", "Hello")]
