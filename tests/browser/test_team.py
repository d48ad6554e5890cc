"""A whole desk in a browser: a second group, and a small team that works by itself."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from browser.accessible import check_accessibility
from browser.conftest import OpenPage
from running_demo import RunningDemo

pytestmark = pytest.mark.usefixtures("browser")

TEAM = ("Marta", "Nico", "Priya", "Theo")


def phone(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=f"{name}’s phone")


@pytest.mark.timeout(600)
async def test_two_groups_and_a_team(
    demo: RunningDemo, open_page: OpenPage, tmp_path: Path
) -> None:
    """A customer writes to sales, where nobody is; one joins; then a team does everything."""
    page = await open_page(demo.url)
    await _a_customer_writes_to_sales(page)
    await _anna_joins_sales(page)
    await check_accessibility(page)
    await _anna_pauses(page)
    await _a_team_works(page)
    for (width, height), scheme in (((320, 640), "light"), ((1920, 1080), "dark")):
        other = await open_page(demo.url, width=width, height=height, scheme=scheme)
        await expect(other.locator("#people .person")).to_have_count(3 + len(TEAM))
        await other.get_by_role("button", name="Trouble", exact=True).click()
        await expect(_switch(other)).to_have_attribute("aria-checked", "true")
        await check_accessibility(other)
        await other.close()
    await page.screenshot(path=tmp_path / "team.png")
    await _the_team_goes(page)
    await _start_again_ends_it(page)


async def _a_customer_writes_to_sales(page: Page) -> None:
    head = page.locator("#conversation .status")
    await expect(head).to_have_text("writes to The Shop")
    await page.get_by_role("button", name="New customer").click()
    group = page.get_by_label("writes to")
    await expect(group).to_have_value("support")
    await expect(group.locator("option")).to_have_text(["support", "sales"])
    await group.select_option("sales")
    await page.reload()
    await expect(group).to_have_value("sales")
    await check_accessibility(page)
    await _write(page, "Do you give discounts?")
    await expect(head).to_have_text("writes to The Shop, sales")
    await expect(group).to_be_hidden()
    progress = page.locator("#conversation .progress")
    await expect(progress).to_have_text("nobody is on duty in sales: it waits for /on")


async def _anna_joins_sales(page: Page) -> None:
    anna = phone(page, "Anna")
    await expect(anna.locator(".status")).to_have_text("on duty")
    await expect(anna.locator(".chip")).to_have_count(0)
    await anna.get_by_label("Write as Anna").fill("/on")
    await anna.get_by_label("Write as Anna").press("Enter")
    await anna.get_by_role("button", name="Send the phrase of sales").click()
    await expect(anna.locator(".status")).to_have_text("on duty: support, sales")
    await expect(anna.locator(".chip")).to_have_count(0)
    await expect(anna.locator(".message", has_text="discounts")).to_be_visible()
    await expect(phone(page, "Boris").locator(".message", has_text="discounts")).to_have_count(0)


async def _anna_pauses(page: Page) -> None:
    status = phone(page, "Anna").locator(".status")
    for shown in ("on duty: support, sales, paused", "on duty: support, sales"):
        await phone(page, "Anna").get_by_label("Write as Anna").fill("/pause")
        await phone(page, "Anna").get_by_label("Write as Anna").press("Enter")
        await expect(status).to_have_text(shown)


def _switch(page: Page) -> Locator:
    return page.get_by_role("switch", name="A small team at work")


async def _a_team_works(page: Page) -> None:
    """By itself: who has written is answered and done, and one is passed on; no step is ticked."""
    await page.get_by_role("button", name="Trouble").click()
    await _switch(page).focus()
    await page.keyboard.press("Space")
    await expect(_switch(page)).to_contain_text("At work")
    for name, status in (("Marta", "on duty"), ("Theo", "on duty: sales")):
        await expect(phone(page, name).locator(".status")).to_have_text(status)
    await expect(phone(page, "Priya").locator(".status")).to_have_text("on duty: support, sales")
    await page.locator("#conversations .person", has_text="Alice").click()
    closed = page.locator("#conversation").get_by_text("The conversation was closed")
    await expect(closed).to_be_visible()
    why = phone(page, "Nico").locator(".message", has_text="You know more about this")
    await expect(why.first).to_be_visible()
    await expect(page.locator(".steps li.done")).to_have_count(1)  # a customer has written


async def _the_team_goes(page: Page) -> None:
    await _switch(page).click()
    await expect(_switch(page)).to_have_attribute("aria-checked", "false")
    for name in TEAM:
        await expect(phone(page, name).locator(".status")).to_have_text("off duty")
    await expect(_switch(page)).to_contain_text("Four operators")


async def _start_again_ends_it(page: Page) -> None:
    await _switch(page).click()
    await expect(phone(page, "Theo").locator(".status")).to_have_text("on duty: sales")
    await page.get_by_role("button", name="Start again", exact=True).click()
    await page.get_by_role("button", name="Clear and start again").click()
    await expect(page.locator("#people .person")).to_have_text(
        [re.compile("Anna"), re.compile("Boris"), re.compile("Clara")]
    )
    await expect(_switch(page)).to_have_attribute("aria-checked", "false")
    await expect(phone(page, "Anna").locator(".status")).to_have_text("on duty")
    await expect(page.locator(".steps li.done")).to_have_count(0)


async def _write(page: Page, text: str) -> None:
    field = page.get_by_label("Write as the customer")
    await field.fill(text)
    await field.press("Enter")
    await expect(field).to_have_value("")
