"""A browser at the sandbox's page; without Chromium the page is not tested, and that is said."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page, expect

from browser.chromium import HOW, find_chromium, running_chromium

OpenPage = Callable[..., Awaitable[Page]]
GENEROUS_MS = 15_000
NOT_TESTED = f"The page was NOT tested: there is no Chromium here; {HOW}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say plainly that the page was not tested."""
    if find_chromium() is None:
        terminalreporter.section("the page", yellow=True)
        terminalreporter.line(NOT_TESTED)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium; a failure without it where CI is true."""
    path = find_chromium()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(NOT_TESTED)
        pytest.skip(NOT_TESTED)
    expect.set_options(timeout=GENEROUS_MS)
    async with running_chromium(path) as running:
        yield running


@pytest.fixture
async def open_page(browser: Browser) -> AsyncIterator[OpenPage]:
    """Open an address; what the page complains of fails the test."""
    complaints: list[str] = []

    async def open_address(
        url: str, *, width: int = 1440, height: int = 900, scheme: str = "light"
    ) -> Page:
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        context.set_default_timeout(GENEROUS_MS)
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"a dialog: {dialog.message}"))
        await page.goto(url)
        return page

    yield open_address
    assert complaints == []
