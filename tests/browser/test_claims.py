"""A whole desk in a browser: what each sees of who answers whom."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from browser.accessible import check_accessibility
from browser.conftest import OpenPage
from running_demo import RunningDemo

pytestmark = pytest.mark.usefixtures("browser")

QUESTION = "Where is my parcel?"


def phone(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=f"{name}’s phone")


def card(page: Page, name: str, text: str = QUESTION) -> Locator:
    """What the phone shows of the conversation."""
    whole = page.locator(".text").filter(has_text="writes to").filter(has_text=text)
    short = page.locator(".text").filter(has_text=re.compile("^(👤|☑️) Bilal · "))
    return phone(page, name).locator(".message").filter(has=whole.or_(short))


async def tap(shown: Locator, button: str) -> None:
    await shown.get_by_role("button", name=button).click()


async def test_who_answers_is_seen_everywhere(demo: RunningDemo, open_page: OpenPage) -> None:
    """From the first tap to the last: on the own phone, on the others', and by the customer."""
    page = await open_page(demo.url)
    await expect(card(page, "Anna", "Where is it?")).to_be_visible()
    await _write(page, QUESTION, new_customer=True)
    await _one_claims_it(page)
    await check_accessibility(page)
    await _another_takes_over(page)
    await check_accessibility(page)
    await _it_waits_again_and_more_comes(page)
    await _it_is_closed_until_the_customer_comes_back(page)


async def _one_claims_it(page: Page) -> None:
    await tap(card(page, "Anna"), "I'll answer")
    await expect(phone(page, "Anna").get_by_role("status")).to_have_text("It is yours")
    await expect(card(page, "Anna")).to_contain_text("🟢 Bilal · waits for your answer")
    await expect(card(page, "Anna").locator(".key")).to_have_text(
        ["☑️ Close", "↩️ Release", "⋯", "📝 Note"]
    )
    await expect(card(page, "Boris")).to_contain_text("👤 Bilal · Anna is answering")
    await expect(card(page, "Boris").locator(".key")).to_have_text(["👀 Open"])
    await expect(notes(page)).to_have_text(["Anna is answering"])


async def _another_takes_over(page: Page) -> None:
    await tap(card(page, "Boris"), "Open")
    await tap(card(page, "Boris"), "Take over")
    await expect(phone(page, "Boris").get_by_role("status")).to_contain_text("Take over?")
    await expect(card(page, "Anna")).to_contain_text("waits for your answer")
    await tap(card(page, "Boris"), "Yes, take over from Anna")
    await expect(card(page, "Boris")).to_contain_text("🟢 Bilal · waits for your answer")
    await expect(card(page, "Anna")).to_contain_text("👤 Bilal · Boris is answering")
    told = phone(page, "Anna").locator(".message", has_text="took over")
    await expect(told.locator(".quote")).to_contain_text("Boris is answering")
    await expect(notes(page).last).to_have_text("Boris is answering")


async def _it_waits_again_and_more_comes(page: Page) -> None:
    await tap(card(page, "Boris"), "Release")
    await expect(notes(page).last).to_have_text("Waiting for an operator again")
    old = str(await card(page, "Anna").get_attribute("data-id"))
    cards = card(page, "Anna")
    await expect(cards.last).not_to_have_attribute("data-id", old, timeout=25_000)  # it rang
    await expect(cards).to_have_count(1, timeout=20_000)  # and the old one goes
    newest = phone(page, "Anna").locator(".message:not(.leaving)").last
    before = str(await newest.get_attribute("data-id"))
    await _write(page, "Hello?")
    for name, back in (
        ("Anna", "↩️ Bilal · returned from Boris"),
        ("Boris", "↩️ Bilal · released"),
    ):
        await expect(card(page, name)).to_contain_text(back)
        await expect(card(page, name)).to_contain_text("2 messages")
        await expect(card(page, name)).to_contain_text("Hello?")
    await expect(page.locator("#conversation .progress").last).to_have_text("on 2 phones")
    await expect(newest).to_have_attribute("data-id", before)


async def _it_is_closed_until_the_customer_comes_back(page: Page) -> None:
    await tap(card(page, "Anna"), "I'll answer")
    silent = phone(page, "Anna").locator(".message", has=page.get_by_title("Sent without a sound"))
    await expect(silent.filter(has_text="Hello?")).to_have_count(1)
    await tap(card(page, "Anna"), "Close")
    await expect(card(page, "Anna").locator(".key")).to_have_text(["Reopen"])
    await expect(card(page, "Boris")).to_have_count(0)
    await expect(notes(page).last).to_have_text("The conversation was closed")
    await _write(page, "One more thing")
    again = card(page, "Anna", "One more thing")
    await expect(again.get_by_role("button", name="I'll answer")).to_be_visible()
    await expect(card(page, "Anna").locator(".key")).to_have_count(0)


def notes(page: Page) -> Locator:
    """What the customer was told of the conversation."""
    return page.locator("#conversation .aside")


async def _write(page: Page, text: str, *, new_customer: bool = False) -> None:
    if new_customer:
        await page.get_by_role("button", name="New customer").click()
    field = page.get_by_label("Write as the customer")
    await field.fill(text)
    await field.press("Enter")
    await expect(field).to_have_value("")
