"""Taps on buttons and their answers."""

import asyncio

import pytest

from onduty_sandbox.client import Phone, SandboxError, TapAnswer
from onduty_sandbox.wire.json_types import Json, as_object
from sandbox.bot_caller import Ask, HandClock

MARKUP: Json = {
    "inline_keyboard": [
        [{"text": "Answer", "callback_data": "claim:1"}],
        [{"text": "Open", "url": "https://x.example/1"}],
    ]
}
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


@pytest.fixture
async def card(ask: Ask, anna: Phone) -> int:
    """A message with buttons on Anna's phone."""
    reply = await ask("sendMessage", chat_id=anna.chat_id, text="card", reply_markup=MARKUP)
    message_id = reply.result["message_id"]
    assert isinstance(message_id, int)
    return message_id


async def next_tap(ask: Ask) -> Json:
    """Wait for the next callback query and confirm it."""
    update = (await ask("getUpdates", timeout=10)).results[0]
    assert isinstance(update["update_id"], int)
    await ask("getUpdates", offset=update["update_id"] + 1)
    return as_object(update["callback_query"])


@pytest.mark.parametrize("button", ["claim:1", "Answer"])
async def test_a_tap_waits_for_its_answer(ask: Ask, anna: Phone, card: int, button: str) -> None:
    """The phone shows what the bot answered."""
    tapping = asyncio.create_task(anna.tap(card, button))
    query = await next_tap(ask)
    assert query["data"] == "claim:1"
    assert as_object(query["from"])["id"] == 7
    assert as_object(query["message"])["reply_markup"] == MARKUP
    await ask("answerCallbackQuery", callback_query_id=query["id"], text="Yours", show_alert=True)
    assert await tapping == TapAnswer(answered=True, text="Yours", show_alert=True, url=None)


async def test_a_tap_that_nobody_answers_ends(anna: Phone, card: int) -> None:
    """The phone's spinner stops without an answer."""
    assert not (await anna.tap(card, "Answer", timeout_s=0)).answered


async def test_a_query_is_answered_once_and_in_time(
    ask: Ask, anna: Phone, card: int, hand_clock: HandClock
) -> None:
    """An unknown, an answered and an old query get the same refusal."""
    assert (await ask("answerCallbackQuery", callback_query_id="1")).error == TOO_OLD
    await anna.tap(card, "Answer", timeout_s=0)
    query_id = (await next_tap(ask))["id"]
    too_long = await ask("answerCallbackQuery", callback_query_id=query_id, text="x" * 201)
    assert too_long.error == "Bad Request: MESSAGE_TOO_LONG"
    answered = await ask("answerCallbackQuery", callback_query_id=query_id, text="x" * 200)
    assert answered.status == 200
    assert (await ask("answerCallbackQuery", callback_query_id=query_id)).error == TOO_OLD
    await anna.tap(card, "Answer", timeout_s=0)
    query_id = (await next_tap(ask))["id"]
    hand_clock.now += 150
    assert (await ask("answerCallbackQuery", callback_query_id=query_id)).error == TOO_OLD


async def test_an_impossible_tap_says_why(anna: Phone, card: int) -> None:
    """No such button, no such message, a button that only opens a page."""
    with pytest.raises(SandboxError, match=r"no button 'Delete'\. Its buttons: Answer, Open"):
        await anna.tap(card, "Delete")
    with pytest.raises(SandboxError, match="no message 99"):
        await anna.tap(99, "Answer")
    with pytest.raises(SandboxError, match="sends nothing to the bot"):
        await anna.tap(card, "Open")
