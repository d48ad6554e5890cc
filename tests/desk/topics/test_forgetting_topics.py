"""A conversation is forgotten: its topics go, from Redis and from phones."""

import re

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import HELD_S
from onduty import SupportDesk
from onduty_desk.model.keys import ChatId, ConversationId
from onduty_desk.model.phone_keys import topic_key, topics_key
from onduty_desk.replies.typing import Typing

from .conftest import Hand

pytestmark = pytest.mark.usefixtures("on_duty")

ANNA = ChatId(1)


@pytest.fixture
def backend(redis_url: str) -> SupportDesk:
    return SupportDesk(redis_url, timeout_s=HELD_S)


async def test_its_topic_is_deleted_and_nothing_leads_to_it(
    hand: Hand, backend: SupportDesk, redis: Redis
) -> None:
    """Under a name that says nothing of the customer."""
    topic = await hand.open_topic()
    backend.forget("c1")
    await hand.router.route_accepted()
    assert await redis.get(topic_key(ANNA, topic["thread"])) is None
    (name,) = await redis.hkeys(topics_key(ANNA))
    assert not re.search(r"\bc1\b", str(name))
    assert "delete_topic" in await hand.do_all()
    assert await redis.hgetall(topics_key(ANNA)) == {}


async def test_a_topic_that_was_being_made_is_deleted_too(
    hand: Hand, backend: SupportDesk, redis: Redis
) -> None:
    """What is heard of it later names nobody."""
    await hand.write("Hello", customer_name="Alice", recipient="The Shop")
    await hand.do_all()
    await hand.claim()
    taken = await hand.next()
    while taken.step != "make_topic":
        await hand.settle(taken)
        taken = await hand.next()
    backend.forget("c1")
    await hand.router.route_accepted()
    await hand.settle(taken, detail="77")
    assert await redis.get(topic_key(ANNA, 77)) is None
    assert not any(re.search(r"\bc1\b", str(name)) for name in await redis.hkeys(topics_key(ANNA)))
    assert "delete_topic" in await hand.do_all()


async def test_typing_is_shown_in_the_topic(hand: Hand, redis: Redis) -> None:
    """Where the owner reads what comes next."""
    topic = await hand.open_topic()
    shown = await Typing(redis, per_second=100).take(ConversationId("c1"))
    assert shown is not None
    assert (shown.send_to, shown.thread) == (ANNA, topic["thread"])
