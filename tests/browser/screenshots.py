"""`make screenshots`: the pictures of README.md and docs/operators.md, from a desk that runs."""

import asyncio
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from playwright.async_api import Browser, FloatRect, Locator, Page, ViewportSize, expect

from browser.chromium import HOW, driving, find_chromium, running_chromium
from running_demo import RunningDemo, running_demo

PICTURES = Path(__file__).parents[2] / "docs" / "screenshots"
SETTLED_MS = 1_500
TOAST_MS = 4_500
BOARD_MS = 40_000
LAPTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
NUDGE_AFTER_S = "20"


async def make_screenshots(path: str) -> None:
    """Play, and take the pictures on the way."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with _a_folder() as own, running_chromium(path, own) as address:
        async with driving(address) as browser:
            with _a_folder() as folder, running_demo(folder) as demo:
                await _whole_page(browser, demo)
                await _passing_on(browser, demo)
            with _a_folder() as folder, _with_nudges(folder) as demo:
                await _cards(browser, demo)


def _with_nudges(folder: Path) -> AbstractContextManager[RunningDemo]:
    return running_demo(folder, ONDUTY_NUDGE_AFTER=NUDGE_AFTER_S)


@contextmanager
def _a_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="onduty-") as folder:
        yield Path(folder)


async def _whole_page(browser: Browser, demo: RunningDemo) -> None:
    """Take the same moment in light and dark, wide and narrow."""
    page = await _open(browser, demo, "light", LAPTOP)
    await _play(page)
    await page.wait_for_timeout(SETTLED_MS)
    await page.screenshot(path=PICTURES / "laptop-light.png")
    await page.emulate_media(color_scheme="dark")
    await page.wait_for_timeout(SETTLED_MS)
    await page.screenshot(path=PICTURES / "laptop-dark.png")
    for scheme in ("light", "dark"):
        page = await _open(browser, demo, scheme, PHONE)
        await page.wait_for_timeout(SETTLED_MS)
        await page.screenshot(path=PICTURES / f"phone-{scheme}.png")


async def _passing_on(browser: Browser, demo: RunningDemo) -> None:
    """Take two phones: Boris has passed Alice on to a group in which Clara is."""
    page = await _open(browser, demo, "light", LAPTOP, scale=1.5)
    boris, clara = (page.locator(f"#phone-{it}") for it in (102, 103))
    await clara.get_by_role("button", name="Start").click()
    await _send(clara, "/on")
    await expect(clara.get_by_text("Enter team secret phrase")).to_be_visible()
    await _send(clara, await page.locator("#copy-phrase-sales").inner_text())
    await expect(clara.locator(".status")).to_have_text("on duty: sales")
    alice = boris.locator(".message", has_text="Alice")
    await alice.filter(has_text="Where is it?").get_by_role("button", name="I'll answer").click()
    for button in ("⋯", "🤝 Pass on", "Another group", "sales"):
        await alice.get_by_role("button", name=button, exact=True).last.click()
    await expect(alice.get_by_role("button", name="No reason")).to_be_visible()
    await _send(boris, "She wants to order ten more")
    await expect(clara.get_by_text("passed on by Boris")).to_be_visible()
    await expect(_pinned(boris)).to_contain_text("Yours: 0 · Waiting: 0", timeout=BOARD_MS)
    await page.mouse.move(0, 0)
    await page.wait_for_timeout(TOAST_MS)
    await page.evaluate("document.activeElement?.blur()")
    left, right = [await it.bounding_box() for it in (boris, clara)]
    assert left
    assert right
    clip: FloatRect = {**left, "width": right["x"] + right["width"] - left["x"]}
    await page.screenshot(path=PICTURES / "passed-to-group.png", clip=clip)


async def _send(phone: Locator, text: str) -> None:
    field = phone.locator(".composer textarea")
    await field.fill(text)
    await field.press("Enter")


async def _cards(browser: Browser, demo: RunningDemo) -> None:
    """Take one card in its states, each as a phone shows it."""
    page = await _open(browser, demo, "light", PHONE, scale=2)
    await _take(_card(page, 101), "card-waiting")
    await _card(page, 101).get_by_role("button", name="I'll answer").click()
    await expect(_card(page, 101)).to_contain_text("waits for your answer")
    await _take(_card(page, 101), "card-yours")
    await _take(_card(page, 102), "card-theirs")
    await _card(page, 102).get_by_role("button", name="Open").click()
    await _card(page, 102).get_by_role("button", name="Take over").click()
    await expect(_card(page, 102).get_by_text("Yes, take over")).to_be_visible()
    await _take(_card(page, 102), "card-take-over")
    await _card(page, 102).get_by_role("button", name="No").click()
    nudge = page.locator("#phone-101 .message", has_text="Are you still answering")
    await expect(nudge).to_be_visible(timeout=60_000)
    await _take(nudge, "nudge")


_ITS_TEXT = re.compile("Where is it\\?|👤")
"""Its customer's words, or the one line that a colleague's card shows."""


def _card(page: Page, operator: int) -> Locator:
    return page.locator(f"#phone-{operator} .message").filter(
        has=page.locator(".text").filter(has_text=_ITS_TEXT)
    )


async def _take(shown: Locator, name: str) -> None:
    await shown.scroll_into_view_if_needed()
    await shown.page.mouse.move(0, 0)
    await shown.page.wait_for_timeout(SETTLED_MS)
    await shown.evaluate("document.activeElement?.blur()")
    await shown.screenshot(path=PICTURES / f"{name}.png")


async def _open(
    browser: Browser, demo: RunningDemo, scheme: str, size: ViewportSize, scale: float = 1
) -> Page:
    context = await browser.new_context(
        viewport=size,
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=scale,
        locale="en-GB",
    )
    page = await context.new_page()
    await page.goto(demo.url)
    await expect(page.locator("#phone-102 .key").first).to_be_visible()
    return page


async def _play(page: Page) -> None:
    """Two customers, a refusal that is overcome, a reaction, and one who answers."""
    anna, boris = (page.get_by_role("article", name=f"{it}’s phone") for it in ("Anna", "Boris"))
    await page.get_by_role("button", name="New customer").click()
    for text in ("Do you ship to Malta?", "And how long does it take?"):
        field = page.get_by_label("Write as the customer")
        await field.fill(text)
        await field.press("Enter")
        await expect(anna.locator(".message", has_text=text)).to_be_visible(timeout=20_000)
        await page.wait_for_timeout(SETTLED_MS)
    malta = anna.locator(".message", has_text="Malta")
    await malta.get_by_role("button", name="I'll answer").click()
    await expect(boris.get_by_text("Anna is answering")).to_be_visible()
    await anna.locator(".message", has_text="Where is it?").locator(".text").click()
    await anna.get_by_role("button", name="React with 👍").click()
    await expect(_pinned(anna)).to_contain_text("Yours: 1 · Waiting: 1", timeout=BOARD_MS)
    await expect(_pinned(boris)).to_contain_text("Yours: 0 · Waiting: 1", timeout=BOARD_MS)
    await page.wait_for_timeout(TOAST_MS)
    await page.mouse.move(0, 0)
    await page.locator("#row").focus()


def _pinned(phone: Locator) -> Locator:
    return phone.locator(".pinned-text")


def main() -> int:
    """Make them; return 1 with a sentence where there is no Chromium."""
    path = find_chromium()
    if path is None:
        print(f"make screenshots: there is no Chromium here; {HOW}", file=sys.stderr)  # noqa: T201 - told to a person
        return 1
    asyncio.run(make_screenshots(path))
    return 0


if __name__ == "__main__":
    sys.exit(main())
