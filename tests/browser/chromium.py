"""Debian's Chromium, driven by Playwright."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from playwright.async_api import Browser, async_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The shell first: it draws no window's frame, which costs as much as a page."""

HOW = "install it with: apt-get install chromium-headless-shell"
STARTED_WITHIN_S = 60

_MOUSE = (
    *("primaryHoverType=2", "availableHoverTypes=2"),
    *("primaryPointerType=4", "availablePointerTypes=4"),
)
"""One that hovers, as on a laptop; the values are of Blink's enums HoverType and PointerType."""

_ARGUMENTS = (
    *("--headless", "--remote-debugging-port=0", "--no-first-run", "--no-default-browser-check"),
    *("--hide-scrollbars", "--mute-audio", "--force-color-profile=srgb"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-background-timer-throttling", "--disable-renderer-backgrounding"),
    "--disable-backgrounding-occluded-windows",
    f"--blink-settings={','.join(_MOUSE)}",
)


def find_chromium() -> str | None:
    """Where it is, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def running_chromium(path: str, folder: Path) -> Iterator[str]:
    """Start a browser without a window; yield the address at which any number of tests drive it."""
    # Its sandbox needs a user that is not root; it only opens pages of this machine.
    arguments = [*_ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with (folder / "chromium.log").open("wb") as log:
        # Debian's is a script that starts it: what ends is the whole group.
        process = subprocess.Popen(
            [path, *arguments, f"--user-data-dir={folder}"],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield _address(process, folder)
    finally:
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()


@asynccontextmanager
async def driving(address: str) -> AsyncIterator[Browser]:
    """Drive a browser that runs; what is opened here is closed with it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(address)
        try:
            yield browser
        finally:
            await browser.close()


def _address(process: subprocess.Popen[bytes], folder: Path) -> str:
    """Wait for the file in which Chromium says its port, and the path there."""
    deadline = time.monotonic() + STARTED_WITHIN_S
    file = folder / "DevToolsActivePort"
    while not (file.exists() and len(lines := file.read_text().splitlines()) == 2):
        said = (folder / "chromium.log").read_text(errors="replace")
        assert process.poll() is None, said
        assert time.monotonic() < deadline, said
        time.sleep(0.05)
    return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
