"""A customer who writes line after line costs no more than one ring, and no text is lost."""

import asyncio
import re
from collections import Counter
from functools import partial

from onduty import AsyncSupportDesk, CustomerMessage
from onduty_sandbox.client import LoggedRequest, Phone
from waiting import until

from .conftest import Desk

FOLLOW_UPS = 20
WITHIN_S = 4.0
TEXTS = ["Hello", *(f"Line {n:02}" for n in range(FOLLOW_UPS))]
JITTER_S = 1.0
CLAIM = "🙋 I'll answer"


async def customer_writes(desk: Desk, texts: list[str], within_s: float) -> None:
    async with AsyncSupportDesk(desk.environment["ONDUTY_REDIS_URL"]) as backend:
        for text in texts:
            await backend.notify(
                CustomerMessage(
                    text=text, conversation_id="c1", customer_name="Alice", recipient="Shop"
                )
            )
            await asyncio.sleep(within_s / len(texts))


async def requests(desk: Desk, method: str, phone: Phone) -> list[LoggedRequest]:
    """Return what was done at a phone about the customer's words."""
    log = await desk.sandbox.log(method=method)
    return [r for r in log if r.chat_id == phone.chat_id and texts_in(str(r.parameters["text"]))]


def texts_in(shown: str) -> list[str]:
    return re.findall(r"Hello|Line \d\d", shown)


async def texts_on(phone: Phone) -> set[str]:
    """Return what can be read there now."""
    shown = [m.text for m in await phone.messages() if m.from_bot and not m.deleted]
    return {text for one in shown for text in texts_in(one)}


async def test_twenty_follow_ups_cost_one_ring_and_an_edit_a_second(desk: Desk) -> None:
    """The card counts them; whoever claims it gets all that came without a ring."""
    desk.environment |= {"ONDUTY_RING_EVERY": "60", "ONDUTY_SENDS_PER_CHAT_PER_SECOND": "1"}
    await desk.start("bot", "dispatcher", "dispatcher")
    phones = [await desk.operator(101, "Anna"), await desk.operator(102, "Boris")]
    anna, boris = phones
    await customer_writes(desk, TEXTS[:1], 0)
    cards = [await phone.wait_for("Hello") for phone in phones]
    await customer_writes(desk, TEXTS[1:], WITHIN_S)
    for phone in phones:
        shown = await phone.wait_for(TEXTS[-1])
        assert shown.text.startswith("Alice · 21 messages\n… 1 earlier message\n")
        assert len(await requests(desk, "sendMessage", phone)) == 1
        edits = await requests(desk, "editMessageText", phone)
        first, last = edits[0].received_monotonic, edits[-1].received_monotonic
        assert 2 <= len(edits) <= 1 + (last - first) + JITTER_S
    await anna.tap(cards[0].message_id, CLAIM)
    reply = await anna.wait_for(lambda m: m.reply_to == cards[0].message_id)
    assert reply.silent
    assert await texts_on(anna) == set(TEXTS)
    await boris.wait_for("👤 Alice · Anna is answering")
    assert len(await requests(desk, "sendMessage", boris)) == 1


async def _rung(desk: Desk, phone: Phone) -> Counter[str]:
    sent = await requests(desk, "sendMessage", phone)
    return Counter(text for r in sent for text in texts_in(str(r.parameters["text"])))


async def test_without_an_interval_each_follow_up_rings(desk: Desk) -> None:
    """Each is in a new card or part of one; the owner's has the newest, and Look shows all."""
    await desk.start("bot", "dispatcher", "dispatcher")
    anna, boris = await desk.operator(101, "Anna"), await desk.operator(102, "Boris")
    await customer_writes(desk, TEXTS[:1], 0)
    await anna.wait_for("Hello")
    await customer_writes(desk, TEXTS[1:], 1)
    for phone in (anna, boris):
        await until(partial(_rung, desk, phone), equals=Counter(TEXTS))
        sent = await requests(desk, "sendMessage", phone)
        assert not any(request.parameters.get("disable_notification") for request in sent)
    card = await anna.wait_for(lambda m: TEXTS[-1] in m.text and "… 1 earlier message" in m.text)
    await anna.tap(card.message_id, CLAIM)
    await anna.wait_for("🟢 Alice · waits for your answer\n… 1 earlier message\n")
    assert await texts_on(anna) == set(TEXTS[1:])
    owned = await anna.wait_for(lambda m: "👀 Look" in m.button_texts)
    await anna.tap(owned.message_id, "👀 Look")
    await anna.wait_for(lambda m: texts_in(m.text)[:1] == TEXTS[:1] or "◀️" in m.button_texts)
    assert not any(m.silent for m in await anna.messages() if texts_in(m.text))
