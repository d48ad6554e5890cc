"""The automatic accessibility check, by axe-core."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

# Colours that still change are no colours to judge.
SETTLED_MS = 700


async def check_accessibility(page: Page) -> None:
    """Fail with what axe-core finds, and when something sticks out to the side."""
    await page.wait_for_timeout(SETTLED_MS)
    found = await Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
