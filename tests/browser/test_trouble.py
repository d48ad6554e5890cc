"""The trouble panel: what lasts is a switch in plain words, and shows how long it still lasts."""

import re

import pytest
from aiohttp import ClientSession
from playwright.async_api import Page, expect

from browser.accessible import check_accessibility
from browser.conftest import OpenPage
from onduty_sandbox.client import Sandbox
from waiting import until

pytestmark = pytest.mark.usefixtures("browser")

LEFT = re.compile(r"\d+ s left")


@pytest.fixture
async def page(sandbox: Sandbox, open_page: OpenPage) -> Page:
    """The page of a Telegram with one person."""
    await sandbox.add_user(7, "Anna")
    page = await open_page(sandbox.base_url)
    await page.get_by_role("button", name="Trouble").click()
    await page.get_by_text("Exact errors and numbers").click()
    return page


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Telegram is away", "refuse"),
        ("Telegram is silent", "hang"),
        ("A proxy answers instead", "page"),
        ("The token is refused", "401"),
    ],
)
async def test_an_outage_is_switched_on_and_off(
    sandbox: Sandbox, page: Page, words: str, kind: str
) -> None:
    """With the time that was chosen; the switch shows what is, and other trouble stays."""
    await sandbox.fault("500", "sendPhoto")
    switch = page.get_by_role("switch", name=words)
    await page.get_by_label("Lasting").select_option("70 s")
    await switch.click()
    await expect(switch).to_contain_text(LEFT)
    _, outage = await sandbox.faults()
    assert (outage["kind"], outage["method"], outage["times"]) == (kind, "*", None)
    assert outage["ends_at"] is not None
    await expect(page.get_by_text("Waiting: 500 × 1")).to_be_visible()
    await switch.click()
    await expect(switch).to_have_attribute("aria-checked", "false")
    assert [fault["kind"] for fault in await sandbox.faults()] == ["500"]


async def test_an_outage_that_ends_by_itself_is_shown_as_over(
    sandbox: Sandbox, page: Page, token: str
) -> None:
    """Nobody needs to switch it off, and bots are answered again."""
    await sandbox.outage("502", 0.5)
    await sandbox.outage("401", 5.0)
    switch = page.get_by_role("switch", name="The token is refused")
    await expect(switch).to_have_attribute("aria-checked", "true")
    await expect(switch).to_have_attribute("aria-checked", "false")
    async with (
        ClientSession() as session,
        session.get(f"{sandbox.base_url}/bot{token}/getMe") as answer,
    ):
        assert answer.status == 200


async def test_strangers_are_switched_on_and_off(sandbox: Sandbox, page: Page) -> None:
    """Fifty of them write, and none of them gets a phone here."""
    switch = page.get_by_role("switch", name="50 strangers write")
    await switch.click()
    await expect(switch).to_contain_text(LEFT)
    await until(lambda: _have_written(sandbox))
    await expect(page.get_by_role("article")).to_have_count(1)
    await switch.click()
    await expect(switch).to_have_attribute("aria-checked", "false")
    await until(lambda: _have_stopped(sandbox))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
async def test_the_panel_is_accessible(
    sandbox: Sandbox, open_page: OpenPage, width: int, scheme: str
) -> None:
    """With troubles that last and such that wait, at a laptop and on a phone."""
    await sandbox.outage("refuse", 60)
    await sandbox.outage("page")
    await sandbox.fault("429", times=5)
    page = await open_page(sandbox.base_url, width=width, scheme=scheme)
    await page.get_by_role("button", name="Trouble").click()
    await check_accessibility(page)
    await page.get_by_text("Exact errors and numbers").click()
    await expect(page.get_by_role("switch", name="A proxy")).to_contain_text("Until switched off")
    await check_accessibility(page)


async def _have_written(sandbox: Sandbox) -> bool:
    return (await sandbox.strangers_so_far()).wrote > 0


async def _have_stopped(sandbox: Sandbox) -> bool:
    return not (await sandbox.strangers_so_far()).writing
