"""Look, on phones: what a card hides, page by page."""

from collections.abc import Callable

from redis.asyncio import Redis

from bot.customers import Customers, sign_in, waiting
from bot.phones import Deliver
from onduty_sandbox.client import ChatMessage, Phone

LONG = " ".join(f"word{n}" for n in range(3_000))


def _has(button: str) -> Callable[[ChatMessage], bool]:
    return lambda message: button in message.button_texts


async def test_what_a_card_hides_is_read_page_by_page(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """And back to the card, which can be claimed all the time."""
    customers("Carol", text=LONG)
    await waiting(redis, 1)
    await sign_in(anna)
    card = await anna.wait_for(lambda m: m.button_texts == ["🙋 I'll answer", "👀 Look", "⋯"])
    assert "word2999" not in card.text
    assert (await anna.tap(card.message_id, "👀 Look")).text == ""
    first = await anna.wait_for("Carol\nword0 word1")
    assert first.message_id == card.message_id
    assert first.button_texts == ["🙋 I'll answer", "Back", "1/7", "▶️"]
    shown = first
    for number in range(2, 8):
        assert (await anna.tap(shown.message_id, "▶️")).text == ""
        shown = await anna.wait_for(_has(f"{number}/7"))
    assert "word2999" in shown.text
    assert shown.button_texts == ["🙋 I'll answer", "Back", "◀️", "7/7"]
    assert (await anna.tap(shown.message_id, "Back")).text == ""
    await anna.wait_for(lambda m: m.button_texts == ["🙋 I'll answer", "👀 Look", "⋯"])


async def test_a_page_of_what_somebody_has_claimed_says_who(
    redis: Redis, customers: Customers, anna: Phone, bob: Phone, deliver: Deliver
) -> None:
    """The tap was on its way when the card changed."""
    customers("Carol", text=LONG)
    await waiting(redis, 1)
    for phone in (anna, bob):
        await sign_in(phone)
    card = await anna.wait_for(lambda m: "👀 Look" in m.button_texts)
    await anna.tap(card.message_id, "👀 Look")
    await anna.wait_for(lambda m: "▶️" in m.button_texts)
    of_bob = await bob.wait_for(lambda m: "👀 Look" in m.button_texts)
    assert (await bob.tap(of_bob.message_id, "claim")).text == "It is yours"
    assert (await anna.tap(card.message_id, "▶️")).text == "Bob is answering"
    await anna.wait_for(lambda m: m.button_texts[:2] == ["Take over", "Back"])
    chat = {"id": anna.user_id, "type": "private", "first_name": "Anna"}
    message = {"message_id": card.message_id, "date": 0, "chat": chat}
    for data in ("page", "page:", "page:0:1", "page:1", "page:1:2:3", "page:-1:1", "page:x:1"):
        tap = {"id": "1", "chat_instance": "1", "data": data, "message": message}
        await deliver(anna.user_id, callback_query=tap)
    await anna.wait_for(lambda m: m.message_id == card.message_id and not m.buttons)
