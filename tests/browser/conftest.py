"""A browser at the sandbox's page; without Chromium the page is not tested, and that is said."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, Page, expect
from playwright.async_api import Error as PlaywrightError

from browser.chromium import HOW, driving, find_chromium, running_chromium
from evidence import HAS_FAILED
from running_demo import RunningDemo, running_demo

OpenPage = Callable[..., Awaitable[Page]]
GENEROUS_MS = 100_000
NOT_TESTED = f"The page was NOT tested: there is no Chromium here; {HOW}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say plainly that the page was not tested."""
    if find_chromium() is None:
        terminalreporter.section("the page", yellow=True)
        terminalreporter.line(NOT_TESTED)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the one Chromium of this worker is driven; a failure without it where CI is true."""
    path = find_chromium()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(NOT_TESTED)
        pytest.skip(NOT_TESTED)
    with running_chromium(path, tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """It, with nothing open."""
    expect.set_options(timeout=GENEROUS_MS)
    async with driving(chromium) as running:
        yield running


@pytest.fixture
async def open_page(
    browser: Browser, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[OpenPage]:
    """Open an address; what the page complains of fails the test, which shows its pages then.

    Nothing moves on it, unless a test asks for motion: a third of a browser's work is to draw that.
    """
    complaints: list[str] = []
    pages: list[Page] = []

    async def open_address(
        url: str,
        *,
        width: int = 1440,
        height: int = 900,
        scheme: str = "light",
        motion: Literal["reduce", "no-preference"] = "reduce",
    ) -> Page:
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion=motion,
        )
        context.set_default_timeout(GENEROUS_MS)
        page = await context.new_page()
        pages.append(page)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"a dialog: {dialog.message}"))
        await page.goto(url)
        return page

    yield open_address
    if request.node.stash.get(HAS_FAILED, False):
        await _show(pages, tmp_path)
    assert complaints == []


@pytest.fixture(scope="package")
def _shared_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """Eight processes, whose start costs as much as a test; what waits does not ring by itself."""
    with running_demo(tmp_path_factory.mktemp("demo"), ONDUTY_RING_EVERY="600") as running:
        yield running


@pytest.fixture
async def demo(_shared_demo: RunningDemo) -> RunningDemo:
    """A whole desk, as it is when it has just been started."""
    await _shared_demo.begin_anew()
    return _shared_demo


async def _show(pages: list[Page], folder: Path) -> None:
    """Take pictures of them as they are, and say where those lie."""
    for number, page in enumerate(pages, start=1):
        picture = folder / f"page-{number}.png"
        with suppress(PlaywrightError):
            await page.screenshot(path=picture, full_page=True)
            print(f"page {number} at {page.url}: {picture}")  # noqa: T201 - shown with the failure
