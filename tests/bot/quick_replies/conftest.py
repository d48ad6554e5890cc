"""The desk of the answers, with an admin."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from bot.customers import Customers, claim, dispatching, sign_in, writing
from bot.phones import Running
from bot.replying import conftest as replying
from bot.replying.answering import Answering
from bot.replying.conftest import Show
from onduty_sandbox.client import Phone, Sandbox

showing = replying.showing
wanted = replying.wanted
delivered = replying.delivered


@pytest.fixture
async def shop(
    redis: Redis,
    redis_url: str,
    sandbox: Sandbox,
    token: str,
    running: Running,
    wanted: None,  # noqa: ARG001 - it is
    showing: Show,
) -> AsyncIterator[Customers]:
    """Anna is an admin of it."""
    async with running(admin_ids="101"), dispatching(redis, sandbox, token), showing():
        yield writing(redis_url)


@pytest.fixture
async def owner(anna: Phone, redis: Redis, shop: Customers) -> Answering:
    """Anna, on duty."""
    await sign_in(anna)
    return Answering(anna, redis, shop)


async def answering(one: Answering, customer: str = "Alice") -> int:
    """Let them answer a customer; return the card."""
    one.write(customer)
    await claim(one.phone, customer)
    return await one.card(customer)
