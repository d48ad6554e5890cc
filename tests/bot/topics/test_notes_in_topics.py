"""Notes in topics: what is to be a note reaches no customer, in whatever topic it is written."""

import pytest
from redis.asyncio import Redis

from bot.noting.noter import KEPT, noted
from bot.replying.arrived import replies
from bot.topics.conftest import Hire
from chat_backend import ChatBackend
from onduty_sandbox.client import Phone

pytestmark = pytest.mark.usefixtures("delivered")


async def test_a_note_is_asked_for_and_confirmed_in_the_topic(
    anna: Phone, at: Hire, delivered: ChatBackend, redis: Redis
) -> None:
    """The next text there is the note, and the one after it an answer."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    context = await one.inside(topic.id, "I am Alice")
    await anna.tap(context.message_id, "📝 Note")
    await one.inside(topic.id, "Your next message in this chat is a note about Alice")
    await anna.send("She is angry", topic=topic.id)
    told = await one.inside(topic.id, KEPT)
    assert told.button_texts == ["Send to customer instead"]
    assert await noted(redis) == [("Anna", "She is angry")]
    sent = await anna.send("Hello Alice", topic=topic.id)
    await one.shows(sent, "👍")
    assert replies(delivered) == [("of Alice", "Hello Alice")]
