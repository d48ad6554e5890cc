"""What crosses on the way: a customer's next words, and an operator's thumb or the clock."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from redis.asyncio import Redis

from onduty import CustomerMessage, SupportDesk
from onduty.wire import ACCEPTED
from onduty_desk.model.keys import ChatId
from onduty_desk.model.phone_keys import chat_key
from onduty_sandbox.client import ChatMessage, Phone
from waiting import until

from .conftest import Desk

CLAIM = ["🙋 I'll answer", "⋯"]
OWN = ["☑️ Close", "↩️ Release", "⋯"]
LONG = "A long story. " * 200


def customer_writes(desk: Desk, *texts: str) -> None:
    backend = SupportDesk(desk.environment["ONDUTY_REDIS_URL"])
    for text in texts:
        backend.notify(
            CustomerMessage(
                text=text, conversation_id="c1", customer_name="Alice", recipient="Shop"
            )
        )


async def claimed(desk: Desk) -> tuple[Phone, ChatMessage]:
    """Return the phone and the card of somebody who has claimed the conversation c1."""
    await desk.start("bot", "dispatcher")
    anna = await desk.operator(101, "Anna")
    customer_writes(desk, "Hello")
    card = await anna.wait_for(lambda m: m.button_texts == CLAIM)
    await anna.tap(card.message_id, CLAIM[0])
    return anna, await anna.wait_for(lambda m: m.button_texts == OWN)


async def refused_for_a_minute(desk: Desk, redis: Redis, text: str) -> None:
    """Let a customer write what Telegram refuses; return when the desk has written that down."""
    await desk.sandbox.fault("429", "sendMessage", chat_id=101, retry_after=60)
    customer_writes(desk, text)
    await desk.sandbox.wait_for_request("sendMessage", after=await newest_request(desk))
    await until(lambda: redis.hexists(chat_key(ChatId(101)), "lease"), equals=False)


async def test_what_came_as_the_thumb_closed_is_a_new_round(
    desk: Desk, redis: Redis, move_clock: Callable[[timedelta], Awaitable[None]]
) -> None:
    """The operator has not seen it: it comes with a card of its own, as if it had come later."""
    anna, card = await claimed(desk)
    await refused_for_a_minute(desk, redis, "One more thing")
    assert (await anna.tap(card.message_id, OWN[0])).text == "Closed"
    await move_clock(timedelta(seconds=61))
    again = await anna.wait_for(lambda m: m.button_texts[:1] == CLAIM[:1])
    assert again.message_id > card.message_id
    assert again.text.splitlines()[:2] == ["🔁 Alice · back again, last with you", "One more thing"]


async def test_a_nudge_that_waits_behind_a_message_has_its_buttons(
    desk: Desk, redis: Redis, move_clock: Callable[[timedelta], Awaitable[None]]
) -> None:
    """The customer's words come first, then the question."""
    anna, card = await claimed(desk)
    await refused_for_a_minute(desk, redis, "Are you there?")
    await move_clock(timedelta(minutes=3, seconds=1))
    nudge = await anna.wait_for(lambda m: m.button_texts[:1] == ["Still answering"])
    words = await anna.wait_for("🟢 Alice · writes again\nAre you there?")
    assert card.message_id < words.message_id < nudge.message_id


async def test_all_cards_of_a_long_backlog_are_silent(desk: Desk, redis: Redis) -> None:
    """The summary has rung: not the second card of the same conversation once more."""
    await desk.start("bot", "dispatcher")
    customer_writes(desk, LONG, LONG, f"{LONG} The end")
    await until(lambda: redis.zcard(ACCEPTED), equals=0)  # routed: what is not would ring
    anna = await desk.operator(101, "Anna")
    await anna.wait_for("The end")
    cards = [m for m in await anna.messages() if m.from_bot and "long story" in m.text]
    assert len(cards) > 2
    assert all(card.silent for card in cards)


async def newest_request(desk: Desk) -> int:
    """Return the number of the newest request before the customer's next words were sent."""
    sends = await desk.sandbox.log()
    about = [r.sequence for r in sends if r.method != "sendMessage" or r.status == 200]
    return max(about)
