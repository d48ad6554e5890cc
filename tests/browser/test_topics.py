"""A phone shows topics as Telegram does: their list, one of them, and the chat outside of any."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from playwright.async_api import Locator, Page, expect

from browser.accessible import check_accessibility
from browser.bot import Bot
from browser.conftest import OpenPage
from onduty_sandbox.client import Phone, Sandbox
from onduty_sandbox.wire.json_types import as_object

pytestmark = pytest.mark.usefixtures("browser")

YELLOW = 0xFFD67E


@pytest.fixture
async def bot(sandbox: Sandbox, token: str) -> AsyncIterator[Bot]:
    await sandbox.switch_topics()
    async with ClientSession() as session:
        yield Bot(session, f"{sandbox.base_url}/bot{token}")


@pytest.fixture
async def anna(sandbox: Sandbox) -> Phone:
    phone = await sandbox.add_user(7, "Anna")
    await phone.start()
    return phone


async def new_topic(bot: Bot, name: str, **more: int) -> int:
    topic = await bot.ask("createForumTopic", chat_id=7, name=name, **more)
    return int(str(as_object(topic)["message_thread_id"]))


def shown(page: Page) -> Locator:
    return page.locator("#phone-7")


def line(page: Page, name: str) -> Locator:
    return shown(page).get_by_role("group", name="Topics").get_by_role("button", name=name)


def back(page: Page) -> Locator:
    return shown(page).get_by_role("button", name="Topics")


def field(page: Page) -> Locator:
    return shown(page).get_by_label("Write as Anna")


def texts(page: Page) -> Locator:
    return shown(page).locator(".list .text")


async def test_a_chat_without_topics_shows_nothing_of_them(
    sandbox: Sandbox, anna: Phone, bot: Bot, open_page: OpenPage
) -> None:
    """Though the bot may have some; and a first one takes nobody away from where they write."""
    page = await open_page(sandbox.base_url)
    await field(page).fill("half a senten")
    for part in (".place", ".topics"):
        await expect(shown(page).locator(part)).to_be_hidden()
    await expect(shown(page).locator(".badge")).to_have_count(1)  # the one in the head
    topic = await new_topic(bot, "Alice")
    await bot.send("in it", message_thread_id=topic)
    await expect(back(page)).to_contain_text("1")
    await expect(shown(page).locator(".place-name")).to_have_text("Main chat")
    await expect(texts(page)).to_have_text(["/start"])
    await expect(field(page)).to_have_value("half a senten")
    await anna.delete_topic(topic)
    await expect(shown(page).locator(".place")).to_be_hidden()
    await expect(field(page)).to_have_value("half a senten")


async def test_the_list_shows_names_newest_lines_and_badges(
    sandbox: Sandbox, anna: Phone, bot: Bot, open_page: OpenPage
) -> None:
    """What was written last stands first; each topic is read by itself."""
    alice, bilal = await new_topic(bot, "Alice"), await new_topic(bot, "Bilal", icon_color=YELLOW)
    await bot.send("from Alice", message_thread_id=alice)
    for _ in range(2):
        await bot.send("from Bilal", message_thread_id=bilal)
    page = await open_page(sandbox.base_url)
    names = shown(page).locator(".topic-name")
    await expect(names).to_have_text(["Bilal", "Alice", "Main chat"])
    await expect(field(page)).to_be_hidden()
    await expect(line(page, "Bilal")).to_contain_text("from Bilal")
    await expect(line(page, "Bilal").get_by_label("2 unread")).to_be_visible()
    await expect(line(page, "Bilal").locator(".topic-icon")).to_have_text("B")
    await expect(line(page, "Bilal").locator(".topic-icon")).to_have_css(
        "background-color", "rgb(255, 214, 126)"
    )
    await expect(line(page, "Main chat")).to_contain_text("You: /start")
    await bot.ask("sendChatAction", chat_id=7, action="typing", message_thread_id=alice)
    await expect(line(page, "Alice")).to_contain_text("bot is typing…")
    await bot.send("Alice again", message_thread_id=alice)
    await expect(line(page, "Alice")).to_contain_text("Alice again")
    await expect(names).to_have_text(["Alice", "Bilal", "Main chat"])
    await bot.ask("editForumTopic", chat_id=7, message_thread_id=alice, name="✓ Alice")
    await expect(line(page, "✓ Alice")).to_contain_text("renamed the topic to ✓ Alice")
    await line(page, "Bilal").click()
    await expect(shown(page).locator(".phone-head .badge")).to_have_text("2")
    await back(page).click()
    await expect(line(page, "Bilal").locator(".badge")).to_have_count(0)
    await expect(line(page, "✓ Alice").get_by_label("2 unread")).to_be_visible()
    assert [it.unread for it in await anna.topics()] == [2, 0]


async def test_one_reads_and_writes_in_a_topic(
    sandbox: Sandbox, anna: Phone, bot: Bot, open_page: OpenPage
) -> None:
    """With its pinned message, its service lines and nothing of other places."""
    topic = await new_topic(bot, "Alice")
    context = await bot.send("Alice, order 17", message_thread_id=topic)
    await bot.ask("pinChatMessage", chat_id=7, message_id=context)
    await bot.send("a card outside")
    page = await open_page(sandbox.base_url)
    await line(page, "Alice").click()
    await expect(field(page)).to_be_focused()
    await expect(shown(page).get_by_role("log", name="Anna’s chat, topic Alice")).to_be_visible()
    await expect(texts(page)).to_have_text(["Alice, order 17"])
    await expect(shown(page).locator(".service")).to_have_text(
        [
            "Onduty Sandbox created the topic Alice",
            "Onduty Sandbox pinned Alice, order 17",
        ]
    )
    await expect(shown(page).locator("button.pinned")).to_contain_text("Alice, order 17")
    await page.keyboard.type("It is on its way")
    await page.keyboard.press("Enter")
    answer = await anna.wait_for(lambda it: it.text == "It is on its way")
    assert answer.topic == topic
    await bot.ask("sendChatAction", chat_id=7, action="typing", message_thread_id=topic)
    await expect(shown(page).get_by_text("bot is typing…")).to_be_visible()
    await bot.send("Thanks", message_thread_id=topic)
    await expect(texts(page)).to_have_text(["Alice, order 17", "It is on its way", "Thanks"])
    await expect(shown(page).get_by_text("bot is typing…")).to_have_count(0)
    await expect(page.locator("#announcer")).to_contain_text("Anna, Alice: Thanks")
    await back(page).click()
    await line(page, "Main chat").click()
    await expect(texts(page)).to_have_text(["/start", "a card outside"])
    await expect(shown(page).locator("button.pinned")).to_be_hidden()


async def test_keys_lead_into_a_topic_and_out_again(
    sandbox: Sandbox, anna: Phone, bot: Bot, open_page: OpenPage
) -> None:
    """Arrows go along the list, Enter opens, and back one is where one was."""
    for name in ("Alice", "Bilal"):
        await new_topic(bot, name)
    page = await open_page(sandbox.base_url)
    await shown(page).get_by_role("button", name="Settings of Anna").focus()
    await page.keyboard.press("Tab")
    await expect(line(page, "Bilal")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(line(page, "Alice")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(field(page)).to_be_focused()
    await back(page).focus()
    await page.keyboard.press("Enter")
    await expect(line(page, "Alice")).to_be_focused()
    # What comes meanwhile moves the line, not the focus.
    await bot.send("news", message_thread_id=(await anna.topics())[0].id)
    await expect(shown(page).locator(".topic-name").first).to_have_text("Alice")
    await expect(line(page, "Alice")).to_be_focused()


async def test_each_topic_keeps_its_draft_and_the_page_its_place(
    sandbox: Sandbox, anna: Phone, bot: Bot, open_page: OpenPage
) -> None:
    """What a text is about does not go along into another topic."""
    alice, _ = await new_topic(bot, "Alice"), await new_topic(bot, "Bilal")
    await bot.send("from Alice", message_thread_id=alice)
    page = await open_page(sandbox.base_url)
    await line(page, "Alice").click()
    await texts(page).click()
    await shown(page).get_by_role("button", name="Reply").click()
    await page.keyboard.type("to Al")
    await back(page).click()
    await line(page, "Bilal").click()
    await expect(field(page)).to_have_value("")
    await expect(shown(page).get_by_text("Replying to")).to_be_hidden()
    await field(page).fill("to Bil")
    await page.reload()
    await expect(shown(page).locator(".place-name")).to_have_text("Bilal")
    await expect(field(page)).to_have_value("to Bil")
    await back(page).click()
    await line(page, "Alice").click()
    await expect(field(page)).to_have_value("to Al")
    await page.keyboard.press("Enter")
    sent = await anna.wait_for(lambda it: it.text == "to Al")
    assert (sent.topic, sent.reply_to) == (alice, None)


async def test_a_topic_that_goes_leads_back_to_the_list(
    sandbox: Sandbox, anna: Phone, bot: Bot, open_page: OpenPage
) -> None:
    """Whoever deleted it; and without topics all is one chat, as it was."""
    alice, bilal = await new_topic(bot, "Alice"), await new_topic(bot, "Bilal")
    await bot.send("from Bilal", message_thread_id=bilal)
    page = await open_page(sandbox.base_url)
    await line(page, "Alice").click()
    await bot.ask("deleteForumTopic", chat_id=7, message_thread_id=alice)
    await expect(line(page, "Bilal")).to_be_focused()
    await expect(line(page, "Alice")).to_have_count(0)
    await sandbox.switch_topics(enabled=False)
    await expect(texts(page)).to_have_text(["/start", "from Bilal"])
    await expect(shown(page).locator(".place")).to_be_hidden()
    await sandbox.switch_topics()
    await line(page, "Bilal").click()
    await shown(page).get_by_role("button", name="Settings of Anna").click()
    await shown(page).get_by_role("button", name="Delete this topic").click()
    await expect(texts(page)).to_have_text(["/start"])
    assert await anna.topics() == []
    await new_topic(bot, "Clara")
    await expect(shown(page).locator(".place-name")).to_have_text("Main chat")
    await shown(page).get_by_role("button", name="Settings of Anna").click()
    await shown(page).get_by_role("button", name="Clear history").click()
    await expect(shown(page).locator(".message")).to_have_count(0)
    await expect(shown(page).locator(".place")).to_be_hidden()


async def test_an_app_without_reply_headers_shows_none(
    sandbox: Sandbox, anna: Phone, bot: Bot, open_page: OpenPage
) -> None:
    """As some do in topics: the words themselves have to say what is answered."""
    await sandbox.change_user(7, no_reply_header=True)
    await bot.send("an answer", reply_parameters={"message_id": 1})
    page = await open_page(sandbox.base_url)
    await expect(texts(page)).to_have_text(["/start", "an answer"])
    await expect(shown(page).locator(".quote")).to_have_count(0)
    assert (await anna.messages())[-1].reply_to == 1


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (320, 640), (844, 390)])
async def test_anyone_can_use_topics(
    sandbox: Sandbox, anna: Phone, bot: Bot, open_page: OpenPage, width: int, height: int
) -> None:
    """In light and dark, an automatic accessibility check finds nothing; one can read and write."""
    assert anna.user_id == 7
    names = ("Alice · The Shop", "Bartholomew Featherstonehaugh of the Very Long Name", "…")
    topics = [await new_topic(bot, name) for name in names]
    for topic in topics:
        sent = await bot.send("Where is <b>it</b>?", message_thread_id=topic)
        await bot.ask("pinChatMessage", chat_id=7, message_id=sent)
        await bot.send("x" * 200, message_thread_id=topic)
    page = await open_page(sandbox.base_url, width=width, height=height)
    await bot.ask("sendChatAction", chat_id=7, action="typing", message_thread_id=topics[0])
    await expect(line(page, "Alice")).to_be_visible()
    for _ in ("in the list", "in a topic"):
        await check_accessibility(page)
        await page.emulate_media(color_scheme="dark")
        await check_accessibility(page)
        await page.emulate_media(color_scheme="light")
        if await line(page, "Bartholomew").is_visible():
            await line(page, "Bartholomew").click()
    await expect(shown(page).locator(".place-name")).to_contain_text("Bartholomew")
    await expect(shown(page).locator(".composer")).to_be_in_viewport(ratio=1)
    log = await shown(page).get_by_role("log").bounding_box()
    assert log is not None
    assert log["height"] >= 60
