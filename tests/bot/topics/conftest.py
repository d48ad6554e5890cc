"""A desk whose bot has topics: bot, dispatcher, events and reactions."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.customers import Customers, dispatching, sign_in, writing
from bot.phones import Running
from bot.replying.answering import Answering
from bot.replying.conftest import Show, delivered, showing, wanted
from onduty_desk.conversations.rules import Rules
from onduty_desk.model.keys import ChatId
from onduty_desk.topics.topics import Topics
from onduty_sandbox.client import ChatMessage, Phone, Sandbox
from onduty_sandbox.client.topics import TopicOnPhone
from waiting import until

__all__ = ["delivered", "showing", "wanted"]

RULES = Rules(topics=True, owner_ring_every=timedelta(0), buttons_rest=timedelta(0))


@dataclass
class InTopics(Answering):
    """An operator on duty who answers in topics."""

    async def topic(self, name: str) -> TopicOnPhone:
        """Wait for the topic of this name, with something in it."""

        async def is_there() -> bool:
            return any(one.name == name and one.last_text for one in await self.phone.topics())

        await until(is_there, equals=True)
        return [one for one in await self.phone.topics() if one.name == name][-1]

    async def claim(self, customer: str) -> TopicOnPhone:
        """Take a customer, and wait for their topic, with all that belongs to it."""
        await self.tap_claim(customer)
        topic = await self.topic(f"{customer} · The Shop")
        await self.phone.wait_for(f"🟢 {customer} · in its topic")
        return topic

    async def tap_claim(self, customer: str) -> None:
        """Take a customer."""
        card = await self.phone.wait_for(f"I am {customer}")
        self.cards[customer] = card.message_id
        assert (await self.phone.tap(card.message_id, "claim")).text == "It is yours"

    async def inside(self, topic: int, text: str) -> ChatMessage:
        """Wait until this stands in a topic."""
        return await self.phone.wait_for(
            lambda m: m.topic == topic and text in m.text and not m.deleted
        )

    async def outside(self, text: str, after: int = 0) -> ChatMessage:
        """Wait until this stands outside of any topic."""
        return await self.phone.wait_for(
            lambda m: m.topic is None and text in m.text and not m.deleted and m.from_bot,
            after=after,
        )


Hire = Callable[..., Awaitable[InTopics]]


@pytest.fixture
async def topics(redis: Redis, sandbox: Sandbox, token: str) -> Topics:
    """Whoever owns the bot has switched topics on."""
    await sandbox.switch_topics(bot=int(token.partition(":")[0]))
    noted = Topics(redis)
    await noted.note_enabled(has_topics=True)
    return noted


@pytest.fixture
async def shop(
    redis: Redis,
    redis_url: str,
    sandbox: Sandbox,
    token: str,
    running: Running,
    wanted: None,  # noqa: ARG001 - it is
    showing: Show,
    topics: Topics,  # noqa: ARG001 - they are on
) -> AsyncIterator[Customers]:
    """Customers write to a desk with topics."""
    async with running(), dispatching(redis, sandbox, token, RULES), showing():
        yield writing(redis_url)


@pytest.fixture
def at(redis: Redis, shop: Customers) -> Hire:
    """Let somebody come on duty; what they do then."""

    async def come_on(phone: Phone) -> InTopics:
        await sign_in(phone)
        return InTopics(phone, redis, shop)

    return come_on


ANNA = ChatId(101)
