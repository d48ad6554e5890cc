"""python-telegram-bot cannot tell the sandbox from Telegram."""

import asyncio
from datetime import timedelta

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
)
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
)

from onduty_sandbox.client import Phone, Sandbox


async def test_a_bot_knows_itself(ptb_bot: Bot) -> None:
    """GetMe is what initialize() asks first."""
    assert (ptb_bot.id, ptb_bot.username) == (42, "sandbox_42_bot")


async def test_a_wrong_token_is_told(local: Sandbox) -> None:
    """The bot stops at the start, with PTB's own exception."""
    bot = Bot("99:no-such-token", base_url=f"{local.base_url}/bot")
    with pytest.raises(InvalidToken):
        await bot.initialize()
    await bot.shutdown()


async def test_everything_a_card_needs(ptb_bot: Bot, anna: Phone) -> None:
    """Send, edit, reply, react, delete, and the menu."""
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Answer", callback_data="claim:1")]])
    card = await ptb_bot.send_message(
        7,
        "<b>Where?</b>",
        parse_mode="HTML",
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        reply_markup=markup,
        reply_parameters=ReplyParameters(1, allow_sending_without_reply=True),
    )
    assert card.text_html == "<b>Where?</b>"
    assert card.reply_to_message is not None
    edited = await ptb_bot.edit_message_text("There", 7, card.message_id)
    assert isinstance(edited, type(card))
    assert await ptb_bot.set_message_reaction(7, card.message_id, "👍")
    assert await ptb_bot.send_chat_action(7, "typing")
    commands = [BotCommand("on", "Start")]
    assert await ptb_bot.set_my_commands(commands, scope=BotCommandScopeChat(7), language_code="de")
    scope = BotCommandScopeChat(7)
    assert await ptb_bot.get_my_commands(scope=scope, language_code="de") == tuple(commands)
    assert (await anna.messages())[-1].text == "There"
    assert await ptb_bot.delete_message(7, card.message_id)
    assert (await anna.messages())[-1].deleted


async def test_refusals_are_its_own_exceptions(
    local: Sandbox, ptb_bot: Bot, anna: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each status becomes the exception that a service expects."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    with pytest.raises(BadRequest, match="Chat not found"):
        await ptb_bot.send_message(404, "hi")
    await local.fault("429", retry_after=5)
    with pytest.raises(RetryAfter) as too_many:
        await ptb_bot.send_message(7, "hi")
    assert too_many.value.retry_after == timedelta(seconds=5)
    await local.fault("migrate", migrate_to_chat_id=-1001)
    with pytest.raises(ChatMigrated) as moved:
        await ptb_bot.send_message(7, "hi")
    assert moved.value.new_chat_id == -1001
    await local.fault("502")
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await ptb_bot.send_message(7, "hi")
    await anna.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await ptb_bot.send_message(7, "hi")
    assert await ptb_bot.set_webhook("http://127.0.0.1:9/")
    with pytest.raises(Conflict):
        await ptb_bot.get_updates()
    assert (await ptb_bot.get_webhook_info()).url == "http://127.0.0.1:9/"
    assert await ptb_bot.delete_webhook()


async def greet(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    """Answer /start with a button."""
    assert update.message
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="go")]])
    await update.message.reply_text("Welcome", reply_markup=markup)


async def go(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    """Answer a tap and show it on the card."""
    assert update.callback_query
    await update.callback_query.answer("Gone")
    await update.callback_query.edit_message_text("Went")


async def test_a_polling_application_serves_a_user(local: Sandbox, bot_token: str) -> None:
    """A whole conversation by long polling: a command, a tap, an edit."""
    application = Application.builder().token(bot_token).base_url(f"{local.base_url}/bot").build()
    application.add_handler(CommandHandler("start", greet))
    application.add_handler(CallbackQueryHandler(go))
    async with application:
        assert application.updater
        await application.start()
        await application.updater.start_polling()
        anna = await local.add_user(7, "Anna")
        await anna.start()
        card = await anna.wait_for("Welcome")
        answer = await anna.tap(card.message_id, "Go")
        assert (answer.answered, answer.text) == (True, "Gone")
        shown = await anna.wait_for(lambda message: message.edited)
        assert (shown.text, shown.message_id) == ("Went", card.message_id)
        await application.updater.stop()
        await application.stop()


async def test_two_long_polls_conflict(local: Sandbox, ptb_bot: Bot, bot_token: str) -> None:
    """The older one gets PTB's Conflict."""
    other = Bot(bot_token, base_url=f"{local.base_url}/bot")
    await other.initialize()
    last = (await local.log())[-1].sequence
    older = asyncio.create_task(ptb_bot.get_updates(timeout=20))
    await local.wait_for_request("getUpdates", after=last)
    newer = asyncio.create_task(other.get_updates(timeout=20))
    with pytest.raises(Conflict):
        await older
    await (await local.add_user(7, "Anna")).send("hello")
    assert [update.message and update.message.text for update in await newer] == ["hello"]
    await other.shutdown()


async def test_a_topic_from_its_beginning_to_its_end(
    local: Sandbox, ptb_bot: Bot, anna: Phone
) -> None:
    """Made, written in by both, pinned and unpinned, renamed and deleted."""
    await local.switch_topics()
    assert (await ptb_bot.get_me()).has_topics_enabled
    topic = await ptb_bot.create_forum_topic(7, "Alice · The Shop", icon_color=0xFFD67E)
    thread = topic.message_thread_id
    assert (topic.name, topic.icon_color) == ("Alice · The Shop", 0xFFD67E)
    context = await ptb_bot.send_message(7, "Alice asks", message_thread_id=thread)
    assert (context.message_thread_id, context.is_topic_message) == (thread, True)
    assert await ptb_bot.pin_chat_message(7, context.message_id)
    assert await ptb_bot.send_chat_action(7, "typing", message_thread_id=thread)
    await anna.send("an answer", topic=thread)
    assert await ptb_bot.edit_forum_topic(7, thread, name="✓ Alice")
    messages = [it.message for it in await ptb_bot.get_updates() if it.message is not None]
    assert {it.message_thread_id for it in messages} == {thread}
    assert messages[0].forum_topic_created is not None
    assert messages[-1].forum_topic_edited is not None
    assert await ptb_bot.unpin_all_forum_topic_messages(7, thread)
    assert await ptb_bot.delete_forum_topic(7, thread)
    with pytest.raises(BadRequest, match="Message thread not found"):
        await ptb_bot.send_message(7, "x", message_thread_id=thread)
