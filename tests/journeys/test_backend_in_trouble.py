"""The chat backend is down, then slow, then broken, then well: what becomes of answers."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from redis.asyncio import Redis

from chat_backend import running_chat_backend
from onduty.events import Event
from onduty_desk.model.event_keys import events_trying_key
from onduty_desk.model.keys import ConversationId
from onduty_sandbox.client import Phone
from ports import free_port
from waiting import until

from .answering import (
    arrived,
    card_of,
    customers_write,
    reactions_of,
    reply_ids,
    shows,
    tell,
)
from .conftest import Desk

MoveClock = Callable[[timedelta], Awaitable[None]]
CUSTOMERS = ("Alice", "Bilal", "Chen")
TWO_MINUTES = timedelta(minutes=2)
STEP = timedelta(seconds=20)


class Trouble:
    """Anna, who answers all of them again and again."""

    def __init__(self, anna: Phone, cards: dict[str, int]) -> None:
        self.anna = anna
        self.cards = cards
        self.sent: dict[str, int] = {}
        """Her messages by their texts."""

    async def answer(self, when: str) -> list[str]:
        """Let her answer each customer; return the texts."""
        texts = [f"{name}: {when}" for name in CUSTOMERS]
        for name, text in zip(CUSTOMERS, texts, strict=True):
            self.sent[text] = await self.anna.send(text, reply_to=self.cards[name])
        return texts

    async def all_show(self, texts: list[str], emoji: str) -> None:
        for text in texts:
            await shows(self.anna, self.sent[text], emoji)


async def test_down_slow_broken_and_well_again(
    redis_url: str, redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """Each answer arrives once and in order, no other is held up, and 👍 is never early.

    It is down for two minutes of the desk's clock, in which everything else goes on.
    """
    port = free_port()
    tell(desk, f"http://127.0.0.1:{port}/events")
    await desk.start("dispatcher", "bot")
    anna = await desk.operator(101, "Anna")
    customers_write(redis_url, *CUSTOMERS)
    trouble = Trouble(anna, {name: await card_of(anna, name) for name in CUSTOMERS})

    down = await trouble.answer("down")
    await trouble.all_show(down, "👀")
    for waited in range(int(TWO_MINUTES / STEP)):
        await move_clock(STEP * (waited + 1))
    for name in CUSTOMERS:
        await until(lambda name=name: _has_failed(redis, name))  # type: ignore[misc]
    customers_write(redis_url, "Dora", text="Nobody answers me")
    trouble.cards["Dora"] = await card_of(anna, "Dora")

    let_go = asyncio.Event()

    async def slow_for_alice(event: Event) -> int:
        if event.conversation_id == "Alice":
            await let_go.wait()
        return 204

    async with running_chat_backend(port) as chat:
        chat.answers = slow_for_alice
        slow = await trouble.answer("slow")
        await move_clock(TWO_MINUTES + timedelta(minutes=5))
        others = [text for text in (*down, *slow) if not text.startswith("Alice")]
        await trouble.all_show(others, "👍")
        await trouble.all_show([down[0], slow[0]], "👀")
        assert "Alice" not in arrived(chat)

        chat.answers = lambda _: 500
        let_go.set()
        broken = await trouble.answer("broken")
        await trouble.all_show(broken, "👀")

        chat.answers = lambda _: 204
        await move_clock(TWO_MINUTES + timedelta(minutes=25))
        well = await trouble.answer("well")
        await trouble.all_show([*down, *slow, *broken, *well], "👍")
        assert arrived(chat) == {
            name: [f"{name}: {when}" for when in ("down", "slow", "broken", "well")]
            for name in CUSTOMERS
        }
        assert {len(ids) for ids in reply_ids(chat).values()} == {1}
    shown = await reactions_of(desk.sandbox, anna, [trouble.sent[text] for text in [*down, *slow]])
    assert set(shown) <= {"👀👍", "👍"}


async def _has_failed(redis: Redis, name: str) -> bool:
    return int(await redis.hget(events_trying_key(ConversationId(name)), "failures") or 0) > 1
