"""The desk of the answers: texts go to customers there, so that a note could slip."""

import pytest

from bot.customers import claim
from bot.noting.noter import Own
from bot.replying import conftest as replying
from bot.replying.answering import Answering
from bot.replying.conftest import At
from onduty_sandbox.client import Phone

showing = replying.showing
wanted = replying.wanted
shop = replying.shop
delivered = replying.delivered
at = replying.at


@pytest.fixture
def owning(at: At) -> Own:
    """Let somebody come on duty and answer a customer."""

    async def own(phone: Phone, customer: str = "Alice") -> Answering:
        one = await at(phone)
        one.write(customer)
        await claim(phone, customer)
        return one

    return own
