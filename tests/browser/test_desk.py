"""A whole desk in a browser: everything that happens is shown, and nothing of it gets lost."""

import re
import time

import pytest
from playwright.async_api import Locator, Page, expect

from browser.accessible import check_accessibility
from browser.conftest import OpenPage
from onduty_sandbox.client import Sandbox
from running_demo import RunningDemo
from waiting import until

EVERYBODY = ("Anna", "Boris", "Clara")
COUNTED = ("sendMessage", "editMessageText", "editMessageReplyMarkup")
HOSTILE = "<img src=x onerror=alert(1)>"
NOTE_THE_LINE = """() => {
  const line = document.getElementById("line");
  window.noted = [];
  const note = () => noted.at(-1) === line.textContent || noted.push(line.textContent);
  new MutationObserver(note).observe(line, { childList: true, characterData: true, subtree: true });
}"""

pytestmark = pytest.mark.usefixtures("browser")


def phone(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=f"{name}’s phone")


async def texts(page: Page) -> list[list[str]]:
    """What all phones and the customer's chat show, but for boards, which change by themselves."""
    shown = [
        await history.locator(".text").all_text_contents()
        for history in await page.locator(".history").all()
    ]
    return [[text for text in texts if not text.startswith("Yours: ")] for texts in shown]


async def shows(page: Page, wanted: list[list[str]]) -> None:
    """Wait until the page shows it: phones and the customer's chat are drawn each in its time."""
    await until(lambda: texts(page), equals=wanted)


async def test_what_happens_is_shown_and_kept(demo: RunningDemo, open_page: OpenPage) -> None:
    """An operator joins, a customer writes, all phones ring; in two pages, and after a restart."""
    page = await open_page(demo.url)
    await _an_operator_joins(page, demo.phrase)
    await _a_customer_writes(page)
    await check_accessibility(page)
    narrow = await open_page(demo.url, width=390, height=844, scheme="dark")
    await narrow.get_by_role("button", name="Customers", exact=True).click()
    await expect(narrow.locator("#conversation .progress")).to_be_visible()
    await check_accessibility(narrow)
    await _another_page_and_a_restart_show_the_same(page, await open_page(demo.url), demo)
    await _hostile_text_stays_text(page)
    await _trouble_is_shown_as_it_happens(page, demo)


async def _an_operator_joins(page: Page, phrase: str) -> None:
    await expect(page.get_by_text("This is not Telegram")).to_be_visible()
    for name in ("Anna", "Boris"):
        await expect(phone(page, name).get_by_text("Where is it?")).to_be_visible()
    await page.get_by_role("button", name="Add operator").click()
    await expect(phone(page, "David")).to_be_visible()
    clara = phone(page, "Clara")
    await clara.get_by_role("button", name="Start").click()
    await clara.get_by_role("button", name="/on: go on duty").click()
    await clara.get_by_role("button", name="Send the secret phrase").click()
    await expect(clara.get_by_text("You've started receiving messages")).to_be_visible()
    await expect(clara.locator(".status")).to_have_text("on duty")
    await expect(clara.get_by_text(phrase)).to_have_count(0)


async def _a_customer_writes(page: Page) -> None:
    await page.get_by_role("button", name="New customer").click()
    await page.get_by_label("Name of the customer").fill("Dora")
    await _write(page, "Do you ship to Malta?")
    for name in EVERYBODY:
        card = phone(page, name).locator(".message", has_text="Do you ship to Malta?")
        await expect(card).to_contain_text("Dora writes to The Shop")
        await expect(phone(page, name)).to_have_class("phone ringing")
        await expect(phone(page, name).locator(".badge")).to_be_visible()
    await expect(page.locator("#conversation .progress")).to_have_text("on 3 phones")
    await page.get_by_role("button", name="Trouble").click()
    await page.get_by_text("Exact errors and numbers").click()
    called = re.compile(r"Last: (sendMessage|editMessageText) to")  # a board, meanwhile
    await expect(page.locator("#strip")).to_contain_text(called)


async def _another_page_and_a_restart_show_the_same(
    page: Page, other: Page, demo: RunningDemo
) -> None:
    await phone(page, "Anna").get_by_label("Write as Anna").click()
    await expect(phone(page, "Anna").locator(".badge")).to_be_hidden()
    for name in EVERYBODY:
        await expect(phone(page, name).get_by_text("Where is it?")).to_be_visible()
    shown = await texts(page)
    await shows(other, shown)
    await expect(phone(other, "Anna").locator(".badge")).to_be_hidden()
    await expect(phone(other, "Boris").locator(".badge")).to_be_visible()

    await page.evaluate(NOTE_THE_LINE)
    demo.kill("onduty_sandbox")
    # It may be back before anybody looks.
    await until(lambda: page.evaluate("noted.join().endsWith('Not connected,Live')"))
    await other.reload()
    await shows(other, shown)
    await shows(page, shown)
    await _write(page, "And to Gozo?")
    for at in (page, other):
        for name in EVERYBODY:
            await expect(phone(at, name).get_by_text("And to Gozo?")).to_be_visible()


async def _hostile_text_stays_text(page: Page) -> None:
    await _write(page, HOSTILE)
    for place in (page.locator("#conversation"), phone(page, "Anna")):
        await expect(place.get_by_text(HOSTILE)).to_be_visible()
    assert await page.locator(".list img").count() == 0
    await expect(page.locator("#conversation .progress").last).to_have_text("on 3 phones")


async def _trouble_is_shown_as_it_happens(page: Page, demo: RunningDemo) -> None:
    await page.get_by_role("button", name="429", exact=True).click()
    await expect(page.get_by_text("Waiting: 429 × 1")).to_be_visible()
    await page.get_by_role("button", name="New customer").click()
    await _write(page, "Hello?")
    progress = page.locator("#conversation .progress").last
    await expect(progress).to_have_text("on 3 phones")
    await expect(page.get_by_text("No trouble waits.")).to_be_visible()
    await until(lambda: _counts_as_the_sandbox(page, demo))
    await page.reload()
    await page.get_by_text("Exact errors and numbers").click()
    await until(lambda: _counts_as_the_sandbox(page, demo))
    await expect(progress).to_have_text("on 3 phones")

    for number in (1, 2):
        switch = page.get_by_role("switch", name=f"dispatcher-{number}")
        await switch.click()
        await expect(switch).to_have_attribute("aria-checked", "false")
    # The switch turns at once; the programs end a moment later, and may still send until then.
    await until(lambda: demo.count("onduty_dispatcher"), equals=0)
    await _write(page, "Anybody?")
    await expect(progress).to_have_text("waits: no dispatcher runs")
    await page.get_by_role("switch", name="dispatcher-1").click()
    await expect(progress).to_have_text("on 3 phones")


async def _counts_as_the_sandbox(page: Page, demo: RunningDemo) -> bool:
    """Whether the page counts the refusals, and what came after them, of the last minute.

    One was asked for; on a busy machine two sends may come too close to each other as well.
    """
    since, refused, retried = time.time() - 60, 0, 0
    waiting: set[int | None] = set()
    async with Sandbox(demo.url) as sandbox:
        for call in await sandbox.log():
            if call.method not in COUNTED or call.received_at < since:
                continue
            if call.status == 429:
                refused += 1
                waiting.add(call.chat_id)
            elif call.status == 200 and call.chat_id in waiting:
                retried += 1
                waiting.remove(call.chat_id)
    strip = page.locator("#strip .station")
    shown = [await strip.filter(has_text=it).inner_text() for it in ("429", "Retried")]
    return retried > 0 and [int(it.split()[-1]) for it in shown] == [refused, retried]


async def _write(page: Page, text: str) -> None:
    field = page.get_by_label("Write as the customer")
    await field.fill(text)
    await field.press("Enter")
    await expect(field).to_have_value("")
