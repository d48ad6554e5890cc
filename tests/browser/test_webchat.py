"""The page of `examples/webchat`: a customer in one browser, an operator in another."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import Page, expect
from redis.asyncio import Redis

from browser.accessible import check_accessibility
from browser.conftest import OpenPage
from onduty import CustomerMessage
from onduty.events import ConversationClaimed, ConversationClosed, Event, Operator
from onduty.testing import signed_webhook
from onduty.wire import inbox_key, message_key
from running_webchat import RunningWebChat, running_webchat
from servers import Valkey
from waiting import until

HOSTILE = "<img src=x onerror=alert(1)>"
ANNA = Operator(id=7, name="Anna")

pytestmark = pytest.mark.usefixtures("browser")


@pytest.fixture
async def chat(own_valkey: Valkey, tmp_path: Path) -> AsyncIterator[RunningWebChat]:
    async with running_webchat(own_valkey.url, tmp_path) as running:
        yield running


@pytest.fixture
async def desk(own_valkey: Valkey) -> AsyncIterator[Redis]:
    async with Redis.from_url(own_valkey.url, decode_responses=True) as redis:
        yield redis


async def test_a_customer_and_an_operator_talk(
    chat: RunningWebChat, desk: Redis, own_valkey: Valkey, open_page: OpenPage
) -> None:
    """From "Hello" to closed, with a double click, an outage and a hostile text."""
    customer = await open_page(f"{chat.url}/", width=390, height=844)
    await customer.wait_for_url("**/c/*")
    conversation = customer.url.rpartition("/")[2]
    await customer.get_by_label("Your name").fill("Alice")
    await customer.get_by_label("Message").fill(HOSTILE)
    await customer.get_by_role("button", name="Send").dblclick()
    await shows(customer, f"Alice\n{HOSTILE}")
    await expect(customer.get_by_label("Message")).to_have_value("")
    await expect(customer.get_by_label("Your name")).to_be_hidden()

    (pushed,) = await desk.lrange(inbox_key(conversation), 0, -1)
    message = await desk.get(message_key(json.loads(pushed)[1]))
    link = CustomerMessage.model_validate_json(str(message)).reply_url
    operator = await open_page(str(link), width=390, height=844, scheme="dark")
    await tell(chat, ConversationClaimed(**about(conversation, 1), operator=ANNA))
    await write(operator, "On its way")
    for page in (customer, operator):
        await shows(page, f"Alice\n{HOSTILE}", "Anna is answering", "Anna\nOn its way")
        await expect(page.get_by_role("status")).to_have_text("Anna is answering")
        await check_accessibility(page)
    await expect(customer.get_by_role("button", name="Close")).to_be_hidden()

    own_valkey.kill()
    await write(customer, "Thanks")
    await expect(customer.get_by_role("alert")).to_have_text("Not sent. Try again.")
    await expect(customer.get_by_text("Alice (not sent)")).to_be_visible()
    own_valkey.start()
    await customer.get_by_role("button", name="Send").click()
    await expect(customer.get_by_role("alert")).to_have_text("")
    await expect(customer.get_by_text("(not sent)")).to_have_count(0)

    await operator.get_by_role("button", name="Close").click()
    await until(lambda: last_of(desk, conversation), equals='["close"]')
    await tell(chat, ConversationClosed(**about(conversation, 2)))
    await expect(customer.get_by_role("status")).to_have_text("The conversation was closed")
    await write(customer, "One more thing")
    await expect(customer.get_by_role("status")).to_have_text("")


async def test_a_page_whose_backend_is_gone_says_so(
    chat: RunningWebChat, open_page: OpenPage
) -> None:
    """And keeps what was being written; a link that is not known is said too."""
    unknown = await open_page(f"{chat.url}/o/unknown")
    await expect(unknown.get_by_role("status")).to_have_text("There is no such conversation here.")
    page = await open_page(f"{chat.url}/c/chat-17")
    await chat.kill()
    await write(page, "Hello")
    await expect(page.get_by_role("alert")).to_have_text("Not connected.")
    await expect(page.get_by_role("status")).to_have_text("Not connected.")
    await chat.start()
    await page.get_by_role("button", name="Send").click()
    await shows(page, "Guest\nHello")


async def shows(page: Page, *lines: str) -> None:
    await expect(page.locator("#lines p")).to_have_text([*lines], use_inner_text=True)


async def write(page: Page, text: str) -> None:
    await page.get_by_label("Message").fill(text)
    await page.get_by_label("Message").press("Enter")


def about(conversation: str, number: int) -> dict[str, Any]:
    occurred = {"occurred_at": "2026-11-03T10:00:00.000Z", "sequence": number}
    return {"id": f"e{number}", "conversation_id": conversation, **occurred}


async def tell(chat: RunningWebChat, event: Event) -> None:
    headers, body = signed_webhook(event)
    async with (
        ClientSession() as session,
        session.post(f"{chat.url}/events", data=body, headers=headers) as answer,
    ):
        assert answer.status == 200


async def last_of(desk: Redis, conversation: str) -> str:
    return str(await desk.lindex(inbox_key(conversation), -1))
