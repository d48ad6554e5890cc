"""Every part of the page has its room: wide, narrow, flat, zoomed, in forced colours, by keys."""

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from browser.accessible import check_accessibility
from browser.conftest import OpenPage
from onduty import AsyncSupportDesk, CustomerMessage
from running_demo import RunningDemo

pytestmark = pytest.mark.usefixtures("browser")

LEAST_PHONE_PX = 340
MOST_TABS = 5
LONG_NAME = "Bartholomew Featherstonehaugh of the Very Long Name, the Second!"
CUSTOMER = "Write as the customer"


def phone(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=f"{name}’s phone")


@pytest.mark.timeout(900)  # starting a desk for each of these would take longer
async def test_the_page_of_a_desk(demo: RunningDemo, open_page: OpenPage, browser: Browser) -> None:
    """One desk, looked at in many ways."""
    await _every_width_is_accessible(demo, open_page)
    await _phones_are_whole(demo, open_page)
    await _every_part_has_height(demo, open_page)
    await _forced_colours_show_what_is_on(demo, browser)
    page = await open_page(demo.url)
    await _a_few_tabs_lead_to_where_one_writes(page)
    await _drafts_and_names_are_kept(page)
    await _customers_who_wrote_elsewhere_appear(page, demo)
    await _what_is_offered_can_be_done(page)


async def _every_width_is_accessible(demo: RunningDemo, open_page: OpenPage) -> None:
    """With every part in view, narrow and wide, light and dark: nothing sticks out."""
    sizes = ((320, 640), (768, 1024), (1280, 720), (1920, 1080))
    for (width, height), scheme in zip(sizes, ("light", "dark", "dark", "light"), strict=True):
        page = await open_page(demo.url, width=width, height=height, scheme=scheme)
        await expect(page.locator("#people .person")).to_have_count(3)
        await check_accessibility(page)
        for tab in ("Trouble", "Customers"):
            button = page.get_by_role("button", name=tab, exact=True)
            if await button.is_visible():
                await button.click()
                await check_accessibility(page)
        await page.close()


async def _phones_are_whole(demo: RunningDemo, open_page: OpenPage) -> None:
    """Three beside each other on a laptop; none is cut, nor narrower than 340 px."""
    for width, whole in ((1440, 3), (1280, 2), (1024, 1), (760, 1), (1920, 3)):
        page = await open_page(demo.url, width=width)
        await expect(page.locator("#customers")).to_be_visible()  # its column is beside the phones
        await expect(page.locator(".phone")).to_have_count(3)
        await expect(phone(page, "Anna").get_by_text("Where is it?")).to_be_visible()
        row = await _box(page.locator("#row"))
        end = row["x"] + row["width"]
        boxes = [await _box(page.locator(".phone").nth(number)) for number in range(3)]
        shown = [it for it in boxes if it["x"] < end - 1]
        assert len(shown) == whole
        for box in shown:
            assert box["width"] >= LEAST_PHONE_PX
            assert box["x"] + box["width"] <= end + 1
        await page.close()


async def _every_part_has_height(demo: RunningDemo, open_page: OpenPage) -> None:
    """A phone upright and on its side, and laptops at 200 %: a chat can be read, and written in."""
    for width, height, most_above in ((390, 844, 200), (844, 390, 160), (720, 450, 170)):
        page = await open_page(demo.url, width=width, height=height)
        for tab, chat in (("Phones", "Anna’s chat"), ("Customers", "The customer’s chat")):
            await page.get_by_role("button", name=tab).click()
            await expect(page.get_by_role("log", name=chat)).to_contain_text("Where is it?")
            assert (await _box(page.get_by_role("log", name=chat)))["height"] >= 90
            frame = page.locator(".phone:visible, .frame:visible").first
            assert (await _box(frame))["y"] <= most_above
            await expect(page.locator(".composer:visible").first).to_be_in_viewport(ratio=1)
        await page.close()


async def _forced_colours_show_what_is_on(demo: RunningDemo, browser: Browser) -> None:
    """A switch that is on differs from one that is off by more than a background taken away."""
    context = await browser.new_context(
        forced_colors="active", viewport={"width": 1440, "height": 900}
    )
    page = await context.new_page()
    await page.goto(demo.url)
    await page.get_by_role("button", name="Trouble").click()
    await page.get_by_text("Exact errors and numbers").click()
    knobs = []
    for name, on in (("Telegram’s limits", "true"), ("Telegram is away", "false")):
        switch = page.get_by_role("switch", name=name)
        await expect(switch).to_have_attribute("aria-checked", on)
        knobs.append(
            await switch.locator(".knob").evaluate(
                "it => [getComputedStyle(it).backgroundColor, getComputedStyle(it).borderWidth]"
            )
        )
    assert knobs[0][0] != knobs[1][0]
    assert knobs[0][1] == knobs[1][1] == "2px"
    await context.close()


async def _a_few_tabs_lead_to_where_one_writes(page: Page) -> None:
    """Past every link and button of the chat; a message that has the focus lets Tab in."""
    log = page.get_by_role("log", name="Anna’s chat")
    await expect(log.get_by_role("button", name="I'll answer")).to_be_visible()
    await phone(page, "Anna").get_by_role("button", name="Settings of Anna").focus()
    await _tabs_until(page, "Write as Anna")
    await page.get_by_role("button", name="New customer").focus()
    await _tabs_until(page, CUSTOMER)
    await log.locator(".message", has_text="Where is it?").focus()
    for _ in range(2):
        await page.keyboard.press("Tab")
    await expect(log.get_by_role("button", name="I'll answer")).to_be_focused()
    await page.get_by_role("link", name="Write as a customer").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_label(CUSTOMER)).to_be_focused()


async def _tabs_until(page: Page, label: str) -> None:
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        if await page.get_by_label(label).evaluate("it => it === document.activeElement"):
            return
    raise AssertionError(f"{label} is more than {MOST_TABS} Tabs away")


async def _drafts_and_names_are_kept(page: Page) -> None:
    """What is typed outlasts a reload, each where it was typed; a long name leaves one line."""
    await page.get_by_label(CUSTOMER).fill("to be sent by Alice")
    await page.get_by_label("Write as Anna").fill("/sta")
    height = (await _box(page.get_by_label(CUSTOMER)))["height"]
    await page.get_by_role("button", name="New customer").click()
    await expect(page.get_by_label(CUSTOMER)).to_have_value("")
    await page.get_by_label("Name of the customer").fill(LONG_NAME)
    chosen = page.locator("#conversations [aria-pressed=true]")
    await expect(chosen.locator(".avatar")).to_have_text("B")
    assert (await _box(page.get_by_label(CUSTOMER)))["height"] <= height + 1
    await page.get_by_label(CUSTOMER).fill("Hello")
    await page.reload()
    await expect(chosen).to_contain_text(LONG_NAME)
    await expect(page.get_by_label(CUSTOMER)).to_have_value("Hello")
    await expect(page.get_by_label("Write as Anna")).to_have_value("/sta")
    await page.locator("#conversations .person", has_text="Alice").click()
    await expect(page.get_by_label(CUSTOMER)).to_have_value("to be sent by Alice")


async def _customers_who_wrote_elsewhere_appear(page: Page, demo: RunningDemo) -> None:
    """Also many; the chosen one stays in view among them."""
    await page.get_by_label("Write as Anna").fill("")
    async with AsyncSupportDesk(demo.redis_url) as desk:
        for number in range(12):
            await desk.notify(
                CustomerMessage(
                    text=f"Question {number}",
                    customer_name=f"Caller {number}",
                    recipient="The Shop",
                )
            )
    await expect(page.locator("#conversations .person")).to_have_count(12 + 2)
    await expect(page.locator("#conversations [aria-pressed=true]")).to_be_in_viewport(ratio=1)
    await page.locator("#conversations .person", has_text="Caller 3").click()
    await expect(page.get_by_role("log", name="The customer’s chat")).to_contain_text("Question 3")


async def _what_is_offered_can_be_done(page: Page) -> None:
    """Nobody is offered the phrase who is not asked for it, after signing in or unblocking."""
    clara = phone(page, "Clara")
    await clara.get_by_role("button", name="Start").click()
    await clara.get_by_role("button", name="/on: go on duty").click()
    await clara.get_by_role("button", name="Send the secret phrase").click()
    await expect(clara.locator(".status")).to_have_text("on duty")
    await expect(clara.locator(".chip")).to_have_count(0)
    await clara.get_by_role("button", name="Settings of Clara").click()
    block = page.get_by_role("button", name="Block the bot")
    await expect(block).to_have_class("quiet")
    await block.click()
    await clara.get_by_role("button", name="Unblock the bot").last.click()
    await expect(clara.locator(".chip")).to_have_text("/on: go on duty")


async def _box(shown: Locator) -> dict[str, float]:
    box = await shown.bounding_box()
    assert box
    return {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}
