"""A phone in the page draws what Telegram would, and does what a thumb would."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from playwright.async_api import Locator, Page, expect

from browser.accessible import check_accessibility
from browser.bot import Bot
from browser.conftest import OpenPage
from hostile import HOSTILE
from onduty_sandbox.client import Phone, Sandbox
from onduty_sandbox.wire.json_types import Json, as_object

pytestmark = pytest.mark.usefixtures("browser")


CLAIM: Json = {
    "inline_keyboard": [
        [{"text": "Answer", "callback_data": "claim"}, {"text": "Pass", "callback_data": "pass"}],
        [{"text": "Open", "url": "https://shop.example/chat/17"}],
    ]
}


@pytest.fixture
async def bot(sandbox: Sandbox, token: str) -> AsyncIterator[Bot]:
    async with ClientSession() as session:
        yield Bot(session, f"{sandbox.base_url}/bot{token}")


@pytest.fixture
async def anna(sandbox: Sandbox) -> Phone:
    phone = await sandbox.add_user(7, "Anna")
    await phone.start()
    return phone


@pytest.fixture
async def page(sandbox: Sandbox, anna: Phone, open_page: OpenPage) -> Page:
    assert anna.user_id == 7
    return await open_page(sandbox.base_url)


def message(page: Page, text: str) -> Locator:
    return page.locator("#phone-7 .message", has_text=text)


async def test_a_button_is_pressed_and_its_answer_shown(page: Page, bot: Bot) -> None:
    """The tap reaches the bot, the toast comes, the card changes in place."""
    await bot.send("Where is my parcel?", reply_markup=CLAIM)
    await expect(page.get_by_role("link", name="Open")).to_have_attribute(
        "href", "https://shop.example/chat/17"
    )
    await page.get_by_role("button", name="Answer").click()
    query = await bot.next_tap()
    assert query["data"] == "claim"
    await bot.ask("answerCallbackQuery", callback_query_id=query["id"], text="It is yours")
    await expect(page.get_by_text("It is yours")).to_be_visible()
    await bot.ask("editMessageText", chat_id=7, message_id=2, text="Anna is answering")
    await expect(message(page, "Anna is answering")).to_contain_text("edited")
    await expect(page.get_by_role("button", name="Answer")).to_have_count(0)
    await bot.ask("deleteMessage", chat_id=7, message_id=2)
    await expect(message(page, "Anna is answering")).to_have_count(0)


async def test_an_alert_stays_until_it_is_read(page: Page, bot: Bot) -> None:
    """With show_alert the bot's answer wants an OK."""
    await bot.send("A card", reply_markup=CLAIM)
    await page.get_by_role("button", name="Pass").click()
    query = await bot.next_tap()
    await bot.ask(
        "answerCallbackQuery", callback_query_id=query["id"], text="Boris has it", show_alert=True
    )
    await expect(page.get_by_text("Boris has it")).to_be_visible()
    await page.get_by_role("button", name="OK").click()
    await expect(page.get_by_text("Boris has it")).to_have_count(0)


async def test_tapping_a_message_answers_reacts_edits_and_deletes(
    page: Page, bot: Bot, anna: Phone
) -> None:
    """By mouse or by keyboard alone; the bot gets it, and every page shows it."""
    card = await bot.send("A card")
    await message(page, "A card").locator(".text").click()
    await page.get_by_role("button", name="React with 👍").click()
    await expect(message(page, "A card").locator(".reactions")).to_have_text("👍")
    await page.get_by_role("log", name="Anna’s chat").focus()
    for key in ("ArrowUp", "Enter", "Enter"):  # to the newest, its actions, Reply
        await page.keyboard.press(key)
    await expect(page.get_by_text("Replying to: A card")).to_be_visible()
    await page.keyboard.type("It is on its way")
    await page.keyboard.press("Enter")
    reply = await anna.wait_for(lambda it: it.text == "It is on its way")
    assert reply.reply_to == card
    await expect(message(page, "It is on its way").locator(".quote")).to_have_text("A card")
    await message(page, "It is on its way").locator(".text").click()
    await page.get_by_role("button", name="Edit").click()
    await page.get_by_label("Write as Anna").fill("It comes today")
    await page.keyboard.press("Enter")
    await expect(message(page, "It comes today")).to_contain_text("edited")
    await message(page, "It comes today").locator(".text").click()
    await page.get_by_role("button", name="Delete").click()
    await expect(message(page, "It comes today")).to_have_count(0)


async def test_a_heart_is_drawn_as_an_emoji(page: Page, bot: Bot, anna: Phone) -> None:
    """Telegram's reaction is the bare character, which fonts draw as a letter of the text."""
    await bot.send("A card")
    await message(page, "A card").locator(".text").click()
    await page.get_by_role("button", name="React with ❤").click()
    await expect(message(page, "A card").locator(".reactions span")).to_have_text("❤\ufe0f")
    (card,) = [it for it in await anna.messages() if it.text == "A card"]
    assert card.reactions == {7: "❤"}


async def test_ringing_silence_typing_and_the_badge(page: Page, bot: Bot) -> None:
    """A silent message does not ring but counts; looking at the phone reads it."""
    phone = page.locator("#phone-7")
    await bot.send("quiet", disable_notification=True)
    await expect(message(page, "quiet").get_by_title("Sent without a sound")).to_be_visible()
    assert "ringing" not in (await phone.get_attribute("class") or "")
    await bot.send("loud")
    await expect(phone).to_have_class("phone ringing")
    await expect(phone.locator(".badge")).to_have_text("2")
    await expect(page.locator("#announcer")).to_contain_text("Anna: loud")
    await bot.ask("sendChatAction", chat_id=7, action="typing")
    await expect(phone.get_by_text("bot is typing…")).to_be_visible()
    await phone.get_by_label("Write as Anna").focus()
    await expect(phone.locator(".badge")).to_be_hidden()


async def test_an_empty_chat_shows_what_the_bot_says_of_itself(
    page: Page, bot: Bot, sandbox: Sandbox
) -> None:
    """In the person's language; it goes with the first message."""
    await sandbox.add_user(9, "Vera")
    await bot.ask("setMyDescription", description="For operators on duty")
    await bot.ask("setMyDescription", description="Для операторов", language_code="ru")
    phone = page.locator("#phone-9")
    shown = phone.locator(".description")
    await expect(shown).to_have_text("For operators on duty")
    await check_accessibility(page)
    await phone.get_by_role("button", name="Settings of Vera").click()
    await phone.get_by_label("Language").select_option("ru")
    await page.keyboard.press("Escape")
    await expect(shown).to_have_text("Для операторов")
    await phone.get_by_role("button", name="Start").click()
    await expect(shown).to_be_hidden()


async def test_the_command_menu_follows_the_language(
    page: Page, bot: Bot, sandbox: Sandbox
) -> None:
    """And the bot can be blocked and unblocked from the phone's own menu."""
    for language, text in (("", "Go on duty"), ("ru", "Заступить")):
        commands: Json = {"command": "on", "description": text}
        await bot.ask("setMyCommands", commands=[commands], language_code=language)
    phone = page.locator("#phone-7")
    await phone.get_by_role("button", name="Settings of Anna").click()
    await phone.get_by_label("Language").select_option("ru")
    await page.keyboard.press("Escape")
    await phone.get_by_role("button", name="Commands").click()
    await phone.get_by_role("menuitem", name="Заступить").click()
    await expect(message(page, "/on")).to_have_count(1)
    await phone.get_by_role("button", name="Settings of Anna").click()
    await phone.get_by_role("button", name="Block the bot").click()
    await expect(phone.get_by_text("has blocked the bot")).to_be_visible()
    await phone.get_by_role("button", name="Unblock the bot").first.click()
    await expect(phone.get_by_label("Write as Anna")).to_be_visible()
    users = await sandbox.ask("GET", "users")
    assert isinstance(users, list)
    assert as_object(users[0])["language_code"] == "ru"


async def test_entities_are_drawn(page: Page, bot: Bot) -> None:
    """Bold in a quote, code, a spoiler that opens, links that leave safely."""
    await bot.send(
        "<blockquote>a <b>bold</b> quote</blockquote><code>x = 1</code> "
        "<tg-spoiler>hidden</tg-spoiler> <a href='https://shop.example/'>shop</a>"
    )
    card = message(page, "quote")
    await expect(card.locator("blockquote strong")).to_have_text("bold")
    await expect(card.locator("code")).to_have_text("x = 1")
    await expect(card.get_by_role("link", name="shop")).to_have_attribute(
        "rel", "noopener noreferrer"
    )
    await card.get_by_role("button", name="Hidden text, show it").click()
    await expect(card.locator(".spoiler.shown")).to_have_text("hidden")


async def test_a_block_ends_its_line(page: Page, bot: Bot) -> None:
    """No empty line is shown between a quote and what follows, nor between two quotes."""
    await bot.send("<blockquote>one</blockquote>\n<blockquote>two</blockquote>\nAlice writes")
    text = message(page, "Alice writes").locator(".text")
    assert await text.inner_text() == "one\ntwo\nAlice writes"


async def test_a_quote_follows_what_it_quotes(page: Page, bot: Bot) -> None:
    """An answer shows the card as it is by now, and that it is gone."""
    card = await bot.send("You are answering")
    await bot.send("Boris took over", reply_parameters={"message_id": card})
    quote = message(page, "Boris took over").locator(".quote")
    await expect(quote).to_have_text("You are answering")
    await bot.ask("editMessageText", chat_id=7, message_id=card, text="Boris is answering")
    await expect(quote).to_have_text("Boris is answering")
    await bot.ask("deleteMessage", chat_id=7, message_id=card)
    await expect(quote).to_have_text("Deleted message")


async def test_hostile_text_is_text(page: Page, bot: Bot) -> None:
    """No script runs, nothing is wider than its phone, and the page still works."""
    for text in HOSTILE.values():
        visible = text[:1_500].replace("&", "&amp;").replace("<", "&lt;").replace("\x00", "")
        if visible.strip("\u200b\ufeff\n"):
            await bot.send(visible)
    await bot.send("the last one")
    await expect(message(page, "the last one")).to_be_visible()
    await page.evaluate("document.querySelectorAll('.message').forEach(it => it.scrollIntoView())")
    assert await page.locator(".list script, .list img, .list [onclick], .list iframe").count() == 0
    links = await page.locator(".list a").evaluate_all("all => all.map(it => it.protocol)")
    assert set(links) <= {"http:", "https:", "mailto:"}
    wide = await page.evaluate(
        """[...document.querySelectorAll('#phone-7 .bubble')].filter(it => {
            const box = it.getBoundingClientRect();
            const phone = document.querySelector('#phone-7').getBoundingClientRect();
            return box.right > phone.right + 1 || box.left < phone.left - 1;
        }).length + (document.documentElement.scrollWidth > innerWidth ? 1 : 0)"""
    )
    assert wide == 0
    assert "default-src 'self'" in str(
        (await page.request.get(page.url)).headers["content-security-policy"]
    )


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
async def test_anyone_can_use_it(
    sandbox: Sandbox,
    anna: Phone,
    bot: Bot,
    open_page: OpenPage,
    width: int,
    height: int,
) -> None:
    """In light and dark, an automatic accessibility check finds nothing, whatever is open."""
    await sandbox.add_user(8, "Boris")
    await bot.ask("setMyCommands", commands=[{"command": "on", "description": "Go on duty"}])
    await anna.send("Hello")
    await bot.send(
        "<blockquote>Hi</blockquote> <b>a</b> <a href='https://x.example'>link</a> <code>x</code>",
        reply_markup=CLAIM,
    )
    page = await open_page(sandbox.base_url, width=width, height=height)
    await expect(message(page, "Hi")).to_be_visible()
    await message(page, "Hello").locator(".text").click()
    for tab in ["phones", "trouble"] if width < 760 else [""]:
        if tab:
            await page.locator(f"[data-shows={tab}]").click()
        await check_accessibility(page)
        await page.emulate_media(color_scheme="dark")
        await check_accessibility(page)
        await page.emulate_media(color_scheme="light")
    if width >= 760:
        await page.get_by_role("button", name="Pass").click()
        query = await bot.next_tap()
        await bot.ask("answerCallbackQuery", callback_query_id=query["id"], text="Not now")
        await page.get_by_role("button", name="Commands").first.click()
        await page.get_by_role("button", name="Settings of Anna").click()
        await check_accessibility(page)


async def test_what_is_pinned_stands_at_the_top_and_leads_there(page: Page, bot: Bot) -> None:
    """The bubble says who pinned it; the bar shows it as it is now, and goes with it."""
    board = await bot.send("Yours: <b>2</b>")
    await bot.ask("pinChatMessage", chat_id=7, message_id=board)
    bar = page.locator("#phone-7 button.pinned")
    await expect(bar).to_contain_text("Yours: 2")
    await expect(page.locator("#phone-7 .service")).to_contain_text("pinned Yours: 2")
    for number in range(20):
        await bot.send(f"message {number}")
    await bot.ask("editMessageText", chat_id=7, message_id=board, text="Yours: 3")
    await expect(bar).to_contain_text("Yours: 3")
    await check_accessibility(page)
    shown = page.locator(f'#phone-7 .message[data-id="{board}"]')
    await expect(shown).not_to_be_in_viewport()
    await bar.click()
    await expect(shown).to_be_in_viewport()
    await bot.ask("unpinChatMessage", chat_id=7)
    await expect(bar).to_be_hidden()
