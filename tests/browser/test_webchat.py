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
from onduty.events import (
    ConversationClaimed,
    ConversationClosed,
    Event,
    Operator,
    ReplyEdited,
    ReplySent,
)
from onduty.testing import signed_webhook
from onduty.wire import REPORTS, TYPING, inbox_key, message_key
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
    await shows(customer, f"Alice ✓\n{HOSTILE}")
    await expect(customer.get_by_label("Message")).to_have_value("")
    await expect(customer.get_by_label("Your name")).to_be_hidden()

    (pushed,) = await desk.lrange(inbox_key(conversation), 0, -1)
    message = await desk.get(message_key(json.loads(pushed)[1]))
    link = CustomerMessage.model_validate_json(str(message)).reply_url
    operator = await open_page(str(link), width=390, height=844, scheme="dark")
    await tell(chat, ConversationClaimed(**about(conversation, 1), operator=ANNA))
    await write(operator, "On its way")
    for page in (customer, operator):
        await shows(page, f"Alice ✓\n{HOSTILE}", "Anna is answering", "Anna ✓ read\nOn its way")
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
    await shows(page, "Guest ✓\nHello")


async def test_a_customer_types_and_edits(
    chat: RunningWebChat, desk: Redis, own_valkey: Valkey, open_page: OpenPage
) -> None:
    """The desk hears of both; what it has not got yet it gets, and then the edit."""
    customer = await open_page(f"{chat.url}/c/chat-17", width=390, height=844)
    async with desk.pubsub(ignore_subscribe_messages=True) as channel:
        await channel.subscribe(TYPING)
        await channel.get_message(timeout=5)
        await customer.get_by_label("Message").press_sequentially("Wehre is it?")
        heard = await channel.get_message(timeout=5)
        assert heard is not None
        assert heard["data"] == "chat-17"
    await customer.get_by_label("Message").press("Enter")
    await shows(customer, "Guest ✓\nWehre is it?")
    await customer.get_by_label("Message").press("ArrowUp")
    await expect(customer.get_by_label("Message")).to_have_value("Wehre is it?")
    await write(customer, "Where is it?")
    await shows(customer, "Guest ✓ edited\nWhere is it?")
    await expect(customer.get_by_label("Message")).to_have_value("")
    entries = [json.loads(entry) for entry in await desk.lrange(inbox_key("chat-17"), 0, -1)]
    (message, edit) = entries
    assert edit == ["edit", message[1], "Where is it?"]

    own_valkey.kill()
    await write(customer, "Helo?")
    await expect(customer.get_by_text("Guest (not sent)\nHelo?")).to_be_visible()
    await expect(customer.get_by_role("alert")).to_have_text("Not sent. Try again.")
    own_valkey.start()
    await customer.get_by_role("button", name="Send").click()
    await shows(customer, "Guest ✓ edited\nWhere is it?", "Guest ✓\nHelo?")


async def test_an_answer_that_was_seen_is_reported_as_read(
    chat: RunningWebChat, desk: Redis, open_page: OpenPage
) -> None:
    """Once, and again when it has new words; the operator's page says so."""
    customer = await open_page(f"{chat.url}/c/chat-17")
    await write(customer, "Where is it?")
    await shows(customer, "Guest ✓\nWhere is it?")
    said = {"operator": ANNA, "reply_id": "r1", "html": ""}
    await tell(chat, ReplySent(**about("chat-17", 1), **said, text="On its wya"))
    await shows(customer, "Guest ✓\nWhere is it?", "Anna ✓ read\nOn its wya")
    await tell(chat, ReplyEdited(**about("chat-17", 2), **said, text="On its way"))
    await shows(customer, "Guest ✓\nWhere is it?", "Anna ✓ read\nOn its way")
    assert set(await desk.lrange(REPORTS, 0, -1)) == {'["r1","read",""]'}


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
