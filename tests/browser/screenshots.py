"""`make screenshots`: the README's pictures, from a desk that runs."""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from browser.chromium import HOW, find_chromium, running_chromium
from running_demo import RunningDemo, running_demo

PICTURES = Path(__file__).parents[2] / "docs" / "screenshots"
SETTLED_MS = 1_500


async def make_screenshots(path: str) -> None:
    """Play a first minute, then take the same moment in light and dark, wide and narrow."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="onduty-") as folder:
        async with running_demo(Path(folder)) as demo, running_chromium(path) as browser:
            page = await _open(browser, demo, "light", 1440, 900)
            await _play(page)
            await page.wait_for_timeout(SETTLED_MS)
            await page.screenshot(path=PICTURES / "laptop-light.png")
            await page.emulate_media(color_scheme="dark")
            await page.wait_for_timeout(SETTLED_MS)
            await page.screenshot(path=PICTURES / "laptop-dark.png")
            for scheme in ("light", "dark"):
                page = await _open(browser, demo, scheme, 390, 844)
                await page.wait_for_timeout(SETTLED_MS)
                await page.screenshot(path=PICTURES / f"phone-{scheme}.png")


async def _open(browser: Browser, demo: RunningDemo, scheme: str, width: int, height: int) -> Page:
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="en-GB",
    )
    page = await context.new_page()
    await page.goto(demo.url)
    await expect(page.locator("#phone-102 .message").first).to_be_visible()
    return page


async def _play(page: Page) -> None:
    """Two customers, a reaction, and a refusal that is overcome."""
    anna = page.get_by_role("article", name="Anna’s phone")
    await page.get_by_role("button", name="New customer").click()
    await page.get_by_role("button", name="429", exact=True).click()
    for text in ("Do you ship to Malta?", "And how long does it take?"):
        field = page.get_by_label("Write as the customer")
        await field.fill(text)
        await field.press("Enter")
        await expect(anna.locator(".message", has_text=text)).to_be_visible(timeout=20_000)
        await page.wait_for_timeout(SETTLED_MS)
    await anna.locator(".message", has_text="Malta").locator(".text").click()
    await anna.get_by_role("button", name="React with 👍").click()
    await page.mouse.move(0, 0)
    await page.locator("#row").focus()


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
