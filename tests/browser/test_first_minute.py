"""Must hold 1 and 4: what a person does in their first minute, and that nothing of it is lost."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from browser.conftest import OpenPage
from running_demo import RunningDemo, running_demo

pytestmark = pytest.mark.usefixtures("browser")


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[RunningDemo]:
    async with running_demo(tmp_path) as running:
        yield running


def phone(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=f"{name}’s phone")


async def texts(page: Page) -> list[list[str]]:
    """What all phones and the customer's chat show."""
    return [
        await history.locator(".text").all_inner_texts()
        for history in await page.locator(".history").all()
    ]


async def test_sign_in_write_and_see_it_ring(demo: RunningDemo, open_page: OpenPage) -> None:
    """An operator joins, a customer writes, all phones ring; a second page and a restart agree."""
    page = await open_page(demo.url)
    await expect(page.get_by_text("This is not Telegram")).to_be_visible()
    await expect(phone(page, "Anna").get_by_text("Where is it?")).to_be_visible()
    await expect(phone(page, "Boris").get_by_text("Where is it?")).to_be_visible()

    await page.get_by_role("button", name="Add operator").click()
    clara = phone(page, "Clara")
    await clara.get_by_role("button", name="Start").click()
    await clara.get_by_role("button", name="/on: go on duty").click()
    await clara.get_by_role("button", name="Send the secret phrase").click()
    await expect(clara.get_by_text("You've started receiving messages")).to_be_visible()
    await expect(clara.locator(".status")).to_have_text("on duty")
    await expect(clara.get_by_text(demo.phrase)).to_have_count(0)

    await page.get_by_role("button", name="New customer").click()
    await page.get_by_label("Name of the customer").fill("Dora")
    field = page.get_by_label("Write as the customer")
    await field.fill("Do you ship to Malta?")
    await field.press("Enter")
    for name in ("Anna", "Boris", "Clara"):
        card = phone(page, name).locator(".message", has_text="Do you ship to Malta?")
        await expect(card).to_contain_text("Dora writes to The Shop")
        await expect(phone(page, name).locator(".badge")).to_be_visible()
    await expect(page.locator("#conversation .progress")).to_have_text("on 3 phones")
    await expect(page.locator("#strip")).to_contain_text("sendMessage to")

    await phone(page, "Anna").get_by_label("Write as Anna").click()
    await expect(phone(page, "Anna").locator(".badge")).to_be_hidden()
    shown = await texts(page)
    other = await open_page(demo.url)
    await expect(phone(other, "Clara").get_by_text("Malta")).to_be_visible()
    assert await texts(other) == shown
    await expect(phone(other, "Anna").locator(".badge")).to_be_hidden()
    await expect(phone(other, "Boris").locator(".badge")).to_be_visible()

    demo.kill("onduty_sandbox")
    await expect(page.locator("#line")).to_have_text("Not connected")
    await expect(page.locator("#line")).to_have_text("Live")
    assert await texts(page) == shown
    await field.fill("And to Gozo?")
    await field.press("Enter")
    for at in (page, other):
        for name in ("Anna", "Boris", "Clara"):
            await expect(phone(at, name).get_by_text("And to Gozo?")).to_be_visible()


async def test_trouble_is_shown_as_it_happens(demo: RunningDemo, open_page: OpenPage) -> None:
    """A 429 is seen and retried; without dispatchers a message waits; a burst is plotted."""
    page = await open_page(demo.url)
    await page.get_by_role("button", name="429", exact=True).click()
    await expect(page.get_by_text("Waiting: 429 × 1")).to_be_visible()
    field = page.get_by_label("Write as the customer")
    await field.fill("Hello?")
    await field.press("Enter")
    strip = page.locator("#strip .station")
    await expect(strip.filter(has_text="429")).to_have_text("4291")
    await expect(strip.filter(has_text="Retried")).to_have_text("Retried1")
    await expect(page.get_by_text("No trouble waits.")).to_be_visible()

    for number in (1, 2):
        switch = page.get_by_role("switch", name=f"dispatcher-{number}")
        await switch.click()
        await expect(switch).to_have_attribute("aria-checked", "false")
    await field.fill("Anybody?")
    await field.press("Enter")
    waiting = page.locator("#conversation .progress").last
    await expect(waiting).to_have_text("waits: no dispatcher runs")
    await page.get_by_role("switch", name="dispatcher-1").click()
    await expect(waiting).to_have_text("on 2 phones", timeout=20_000)

    await page.get_by_role("button", name="Burst of 200").click()
    await expect(page.locator("#conversations .person")).to_have_count(21)
    await expect(page.locator(".plot strong")).not_to_have_text("0/s")
