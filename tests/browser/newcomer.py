"""A person who has never seen Onduty: reads the step, finds what it names on the page, does it.

Knows of the page that text in “quotes” is on a button or beside a link, whose phone it is, and that
“Show me” leads there. Everything else is read.
"""

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import Locator, Page, expect

QUOTED = re.compile("“([^”]+)”")
PHONE = re.compile(r"[Oo]n (\w+)’s phone")
UNDER = re.compile(r"Under (\w+), type")
QUESTION = "Do you ship to Malta?"
ANSWER = "We do, within a week."

Look = Callable[[str], Awaitable[None]]


async def do_the_steps(page: Page, look: Look) -> None:
    """Do what the page says until it says that nothing is left; `look` before each step."""
    steps = page.get_by_role("region", name="The first minute")
    everything = await steps.locator("li:not([hidden])").count()
    for number in range(1, everything + 1):
        step = steps.locator("[aria-current=step]")
        await expect(step).to_be_visible()
        title = await step.locator("strong").inner_text()
        await look(f"{number}-{title}")
        await _do(page, step, await step.inner_text())
        ticked = steps.locator("li", has=page.get_by_text(title, exact=True))
        await expect(ticked).to_have_class(re.compile(r"\bdone\b"))
    await expect(steps.get_by_text("That was all of it")).to_be_visible()
    await look(f"{everything + 1}-the end")


async def _do(page: Page, step: Locator, text: str) -> None:
    place = _place(page, text)
    if not await place.is_visible():
        await step.get_by_role("button", name="Show me").click()
        await expect(place).to_be_visible()
    if UNDER.search(text):
        await place.get_by_role("textbox", name="Write").fill(QUESTION)
        await page.keyboard.press("Enter")
    elif "open the link" in text:
        await _write_back(page, place.locator(".message", has_text=QUOTED.findall(text)[0]))
    else:
        for name in QUOTED.findall(text):
            await place.get_by_role("button", name=name).last.click()


def _place(page: Page, text: str) -> Locator:
    """Where it is to be done: a person's phone, or a part of the page."""
    if phone := PHONE.search(text):
        return page.get_by_role("article", name=f"{phone[1]}’s phone")
    if part := UNDER.search(text):
        return page.get_by_role("region", name=part[1])
    raise AssertionError(f"a newcomer would not know where: {text}")


async def _write_back(page: Page, card: Locator) -> None:
    """Open the link in the card, and answer there as the operator."""
    async with page.context.expect_page() as opened:
        await card.get_by_role("link").last.click()
    chat = await opened.value
    await expect(chat.get_by_text(QUESTION)).to_be_visible()
    await chat.get_by_role("textbox").last.fill(ANSWER)
    await chat.keyboard.press("Enter")
    await expect(chat.get_by_text(ANSWER)).to_be_visible()
    await chat.close()
