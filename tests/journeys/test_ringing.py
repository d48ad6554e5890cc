"""From a backend's push to the operators' phones, with real processes."""

import asyncio
import re
from functools import partial

from redis import Redis
from rq import Queue

from onduty import CustomerMessage, SupportDesk
from onduty_sandbox.client import Phone
from waiting import until

from .conftest import Desk

LINK = "https://shop.example/chat/17"


def message(text: str, **fields: str) -> CustomerMessage:
    return CustomerMessage.model_validate(
        {
            "text": text,
            "customer_name": "Alice",
            "recipient": "The Shop",
            "reply_url": LINK,
            **fields,
        }
    )


async def cards(phone: Phone) -> list[str]:
    return [m.text for m in await phone.messages() if m.from_bot and "writes to" in m.text]


async def test_both_ways_in_ring_every_operator_once(redis_url: str, desk: Desk) -> None:
    """By notify and by plain RQ, in the card's form, previews off."""
    await desk.start("bot", "dispatcher", "dispatcher")
    anna, boris = await desk.operator(101, "Anna"), await desk.operator(102, "Boris")
    SupportDesk(redis_url).notify(message("By notify"))
    queue = Queue("onduty-normal", connection=Redis.from_url(redis_url), serializer="json")
    job = queue.enqueue(
        "onduty_dispatcher.jobs.notify_operators",
        {"text": "By RQ", "customer_name": "Alice", "recipient": "The Shop", "reply_url": LINK},
        description="customer message",
    )
    for phone in (anna, boris):
        for text in ("By notify", "By RQ"):
            card = await phone.wait_for(text)
            assert card.text == f"{text}\nAlice writes to The Shop\nReply: {LINK}"
            assert card.preview_off
    job.requeue() if job.is_failed else queue.enqueue_job(job)  # RQ may run a job twice
    SupportDesk(redis_url).notify(message("Afterwards"))
    await anna.wait_for("Afterwards")
    assert sorted(await cards(anna)) == sorted(
        f"{text}\nAlice writes to The Shop\nReply: {LINK}"
        for text in ("By notify", "By RQ", "Afterwards")
    )


async def test_what_came_while_nobody_was_on_comes_with_on(redis_url: str, desk: Desk) -> None:
    """Urgent first; after /off nothing more."""
    await desk.start("bot", "dispatcher")
    backend = SupportDesk(redis_url)
    backend.notify(message("First"))
    backend.notify(message("Now!", priority="urgent"))
    anna = await desk.operator(101, "Anna")
    await anna.wait_for("First")
    assert [text.splitlines()[0] for text in await cards(anna)] == ["❗ Urgent", "First"]
    await anna.send("/off")
    await anna.wait_for("You've stopped receiving messages")
    backend.notify(message("Later"))
    boris = await desk.operator(102, "Boris")
    await boris.wait_for("Later")
    assert not [text for text in await cards(anna) if "Later" in text]


async def test_a_hundred_messages_of_a_conversation_arrive_in_order(
    redis_url: str, desk: Desk
) -> None:
    """Two dispatchers, many lanes: each phone reads them in the order of notify, each once."""
    desk.environment |= {
        "ONDUTY_SENDS_PER_SECOND": "1000",
        "ONDUTY_SENDS_PER_CHAT_PER_SECOND": "100",
    }
    await desk.start("bot", "dispatcher", "dispatcher")
    await desk.operator(101, "Anna")
    backend = SupportDesk(redis_url)
    for n in range(100):
        await asyncio.to_thread(backend.notify, message(f"No {n:03}", conversation_id="c1"))
    await until(partial(_sent, desk), equals=[f"No {n:03}" for n in range(100)])


async def _sent(desk: Desk) -> list[str]:
    """Return the messages in the order in which Telegram took them."""
    sends = await desk.sandbox.log(method="sendMessage")
    return re.findall(r"No \d{3}", "\n".join(str(send.parameters["text"]) for send in sends))
