"""The whole circle in a browser: a customer's page, and the phones of two operators.

Prints how long the customer waits for the answer: pytest -s.
"""

import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from browser.conftest import OpenPage
from journeys.conftest import PHRASE, Desk
from onduty.testing import WEBHOOK_SECRET
from onduty_sandbox.client import Sandbox
from running_webchat import RunningWebChat, running_webchat

pytestmark = pytest.mark.usefixtures("browser")

QUESTION, ANSWER = "Do you ship to Malta?", "We do, within a week."
ARRIVED = re.compile("👍|👌")  # the page says when its customer has read it, which may be at once


@pytest.fixture
async def chat(redis_url: str, tmp_path: Path) -> AsyncIterator[RunningWebChat]:
    async with running_webchat(redis_url, tmp_path) as running:
        yield running


@pytest.fixture
async def desk(
    sandbox: Sandbox, service_environment: dict[str, str], chat: RunningWebChat, tmp_path: Path
) -> AsyncIterator[Desk]:
    events = {"ONDUTY_EVENTS_URL": f"{chat.url}/events", "ONDUTY_EVENTS_SECRET": WEBHOOK_SECRET}
    environment = {**service_environment, "ONDUTY_TEAM_SECRET": PHRASE, **events}
    desk = Desk(sandbox, environment, tmp_path / "services.log")
    yield desk
    await desk.end()


def phone(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=f"{name}’s phone")


@pytest.mark.parametrize("where", ["flat", "in a topic"])
async def test_a_customer_is_answered_from_telegram(
    desk: Desk, chat: RunningWebChat, sandbox: Sandbox, open_page: OpenPage, where: str
) -> None:
    """Two phones ring, one takes and answers, the customer reads it, and the operator sees so."""
    if where == "in a topic":
        await sandbox.switch_topics()
    await desk.start("dispatcher", "bot")
    for number, name in ((101, "Anna"), (102, "Boris")):
        await desk.operator(number, name)
    customer = await open_page(f"{chat.url}/", width=390, height=844)
    await customer.get_by_label("Your name").fill("Alice")
    await customer.get_by_label("Message").fill(QUESTION)
    await customer.get_by_role("button", name="Send").click()

    phones = await open_page(sandbox.base_url)
    for name in ("Anna", "Boris"):
        card = phone(phones, name).locator(".message", has_text=QUESTION)
        await expect(card).to_have_count(1)
    anna = phone(phones, "Anna")
    await anna.get_by_role("button", name="I'll answer").click()
    await (_in_its_topic if where == "in a topic" else _as_a_reply)(anna)
    await phones.keyboard.type(ANSWER)
    began = time.monotonic()
    await phones.keyboard.press("Enter")
    await expect(customer.get_by_role("log")).to_contain_text(ANSWER)
    took_s = time.monotonic() - began
    own = anna.locator(".message", has_text=ANSWER).first
    await expect(own.locator(".reactions")).to_have_text(ARRIVED)
    await expect(customer.get_by_role("status")).to_have_text("Anna is answering")
    await expect(phone(phones, "Boris").locator(".message").last).to_contain_text(
        "Anna is answering"
    )
    print(f"{where}: read by the customer after {took_s:.2f} s")  # noqa: T201 - with pytest -s


async def _in_its_topic(anna: Locator) -> None:
    await expect(anna.locator(".message", has_text="in its topic")).to_have_count(1)
    await anna.get_by_role("button", name="Topics").click()
    topics = anna.get_by_role("group", name="Topics")
    await topics.get_by_role("button", name="Alice · The Shop").click()
    await expect(anna.locator(".message", has_text=QUESTION)).to_have_count(1)
    await expect(anna.get_by_label("Write as Anna")).to_be_focused()


async def _as_a_reply(anna: Locator) -> None:
    card = anna.locator(".message", has_text=QUESTION)
    await expect(card).to_contain_text("waits for your answer")
    await card.locator(".text").click()
    await anna.page.get_by_role("button", name="Reply").click()
    await expect(anna.get_by_text("Replying to:")).to_be_visible()
