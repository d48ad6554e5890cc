"""A whole desk in a browser: what a person does in their first minute, given only the page."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect
from redis.asyncio import Redis

from browser.accessible import check_accessibility
from browser.conftest import OpenPage
from browser.newcomer import do_the_steps
from running_demo import RunningDemo
from waiting import until

pytestmark = pytest.mark.usefixtures("browser")

LAPTOP = (1440, 900)
PHONE = (390, 844)
EXAMPLE = "Where is it?"


def phone(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=f"{name}’s phone")


async def test_a_newcomer_needs_nothing_but_the_page(
    demo: RunningDemo, open_page: OpenPage, tmp_path: Path
) -> None:
    """Writes as a customer, signs an operator in, takes, answers and closes; then starts again.

    On a laptop and a phone, in light and dark, with a picture of each step; and axe finds nothing.
    """
    for (width, height), scheme in ((LAPTOP, "light"), (PHONE, "dark")):
        page = await open_page(demo.url, width=width, height=height, scheme=scheme)
        await _begins_anew(page)

        async def look(name: str, page: Page = page, of: str = f"{width}-{scheme}") -> None:
            await page.screenshot(path=tmp_path / "pictures" / f"{of}-{name.replace(' ', '-')}.png")
            await check_accessibility(page)

        await do_the_steps(page, look)
        await _start_again(page)
        await _begins_anew(page)
        await page.close()


async def _begins_anew(page: Page) -> None:
    """Two operators are on duty and have one customer's card, a third is not, nothing is done."""
    await expect(page.locator(".steps li.done")).to_have_count(0)
    await expect(page.locator("#people .person")).to_have_text(
        [re.compile("Anna"), re.compile("Boris"), re.compile("Clara")]
    )
    await expect(page.locator("#conversations .person")).to_have_text([re.compile("Alice")])
    for name in ("Anna", "Boris"):
        await expect(phone(page, name).locator(".message", has_text=EXAMPLE)).to_have_count(1)
        await expect(phone(page, name).locator(".status")).to_have_text("on duty")
    await expect(phone(page, "Clara").locator(".message")).to_have_count(0)


async def _start_again(page: Page) -> None:
    """It asks first; who keeps everything keeps everything."""
    again = page.get_by_role("button", name="Start again", exact=True)
    await again.click()
    await page.get_by_role("button", name="Keep everything").click()
    await expect(page.locator(".steps li.done")).not_to_have_count(0)
    await again.click()
    await check_accessibility(page)
    await page.get_by_role("button", name="Clear and start again").click()


async def test_a_storm_reaches_the_limit_and_is_undone(
    demo: RunningDemo, open_page: OpenPage
) -> None:
    """It brings its operators and customers; one start again, and it is over in every tab."""
    page = await open_page(demo.url)
    other = await open_page(demo.url)
    await other.get_by_label("Write as the customer").fill("not sent")
    await page.get_by_role("button", name="Trouble").click()
    await page.get_by_role("switch", name="Telegram is away").click()
    await page.get_by_role("switch", name="Telegram is away").click()
    await page.get_by_role("button", name="Let a storm come").click()
    await expect(page.locator("#people .person")).to_have_count(36 + 1)
    await expect(page.locator("#conversations .person")).to_have_count(20 + 1)
    await expect(page.locator(".storm .hint")).to_contain_text("cards still wait")
    await expect(page.locator(".plot")).to_contain_text(re.compile(r"peak ([5-9]|[12]\d|30)/s"))
    await expect(page.locator("#conversations [aria-pressed=true]")).to_be_in_viewport()
    await check_accessibility(page)
    await page.get_by_role("button", name="Start again").click()
    await expect(page.get_by_text("21 customers and 37 phones")).to_be_visible()
    await page.get_by_role("button", name="Clear and start again").click()
    for each in (page, other):
        await _begins_anew(each)
        await expect(each.get_by_label("Write as the customer")).to_have_value("")
    # Nothing would be lost now: it does not ask.
    async with Redis.from_url(demo.redis_url, decode_responses=True) as redis:
        before = int(await redis.get("onduty-demo:run") or 0)
        await page.get_by_role("button", name="Start again", exact=True).click()
        await until(lambda: redis.get("onduty-demo:run"), equals=str(before + 1))
    await _begins_anew(page)
