"""Customers write, a dispatcher sends cards to the operators, and operators answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from bot.phones import is_about_a_board
from desk_at_work.at_work import sending
from onduty import CustomerMessage, SupportDesk
from onduty_desk.conversations.rules import Rules
from onduty_desk.process.cancellation import cancel
from onduty_dispatcher.jobs import Jobs
from onduty_sandbox.client import ChatMessage, Phone, Sandbox
from waiting import until

Customers = Callable[..., None]


@asynccontextmanager
async def dispatching(
    redis: Redis, sandbox: Sandbox, token: str, rules: Rules | None = None
) -> AsyncIterator[None]:
    """A dispatcher that finds what is pushed and what the bot changes."""
    async with sending(redis, sandbox.base_url, token, rules or Rules()) as jobs:
        looking = asyncio.create_task(_look_again_and_again(jobs))
        try:
            yield
        finally:
            await cancel(looking, again_after_s=0.2)


async def _look_again_and_again(jobs: Jobs) -> None:
    while True:
        await jobs.look()
        await asyncio.sleep(0.05)


def writing(redis_url: str) -> Customers:
    """Let customers write: each a conversation of their own, by their name."""
    desk = SupportDesk(redis_url)

    def write(*names: str, **fields: str) -> None:
        desk.notify_many(
            CustomerMessage.model_validate(
                {
                    "text": f"I am {name}",
                    "customer_name": name,
                    "recipient": "The Shop",
                    "conversation_id": f"of {name}"[:128],
                    **fields,
                }
            )
            for name in names
        )

    return write


async def ask(phone: Phone, text: str) -> str:
    """Send a text and return the bot's answer, whatever customers' cards come meanwhile."""
    sent = await phone.send(text)

    def is_answer(message: ChatMessage) -> bool:
        is_note = message.reply_to not in {None, sent}
        is_of_us = message.from_bot and not is_note and not is_about_a_board(message)
        return is_of_us and "writes to The Shop" not in message.text

    return (await phone.wait_for(is_answer, after=sent)).text


async def sign_in(phone: Phone, phrase: str = "open sesame") -> str:
    await ask(phone, "/on")
    return await ask(phone, phrase)


async def waiting(redis: Redis, count: int) -> None:
    await until(lambda: redis.zcard("onduty:waiting:support"), equals=count)


async def cards(phone: Phone) -> list[ChatMessage]:
    return [m for m in await phone.messages() if "writes to The Shop" in m.text and not m.deleted]


async def claim(phone: Phone, customer: str) -> None:
    card = await phone.wait_for(f"I am {customer}")
    assert (await phone.tap(card.message_id, "claim")).text == "It is yours"
    await phone.wait_for(lambda m: m.button_texts[:3] == ["☑️ Close", "↩️ Release", "⋯"])
