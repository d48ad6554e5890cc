"""The automatic accessibility check, by axe-core."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect


async def check_accessibility(page: Page) -> None:
    """Fail with what axe-core finds, and when something sticks out to the side.

    Colours that still change are no colours to judge: nothing on the page moves any more.
    """
    await page.emulate_media(reduced_motion="reduce")
    await expect(page.locator(".leaving")).to_have_count(0)
    found = await Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
