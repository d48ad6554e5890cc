"""ONDUTY_SEND_AFTER and quick replies: what is chosen waits as what is written."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.customers import Customers, ask, dispatching, writing
from bot.phones import Running
from bot.quick_replies.conftest import answering
from bot.quick_replies.test_quick_replies import choice
from bot.replying.answering import Answering
from bot.replying.arrived import replies
from bot.replying.conftest import Show
from chat_backend import ChatBackend
from desk_at_work.delays import sending_delayed
from desk_at_work.fixtures import MoveClock
from onduty_sandbox.client import Sandbox

GOES = "Goes to Alice in 60 s"


@pytest.fixture
async def shop(
    redis: Redis,
    redis_url: str,
    sandbox: Sandbox,
    token: str,
    running: Running,
    wanted: None,  # noqa: ARG001 - it is
    showing: Show,
) -> AsyncIterator[Customers]:
    """Anna is an admin of a desk that sends answers after a minute."""
    bot, dispatcher = running(admin_ids="101", send_after=60), dispatching(redis, sandbox, token)
    async with bot, dispatcher, showing(), sending_delayed(redis):
        yield writing(redis_url)


async def test_it_can_be_taken_back_and_goes_once(
    owner: Answering, delivered: ChatBackend, move_clock: MoveClock
) -> None:
    """What is said of it replies to the message that shows it."""
    await ask(owner.phone, "/replies add Hello: Hello!")
    card = await answering(owner)
    shown = await choice(owner, card, "Hello")
    assert (await owner.phone.tap(shown.message_id, "Send")).text == GOES
    told = await owner.told(shown.message_id)
    assert (told.text, told.button_texts) == (GOES, ["Undo"])
    tapped = await owner.phone.tap(told.message_id, "Undo")
    assert tapped.text == "It was not sent, and will not be."
    other = await _another(owner, card, shown.message_id)
    await owner.phone.tap(other, "Send")
    await owner.told(other)
    await move_clock(timedelta(seconds=61))
    await owner.shows(other, "👍")
    assert replies(delivered) == [("of Alice", "Hello!")]


async def _another(one: Answering, card: int, after: int) -> int:
    await one.phone.tap(card, "⚡")
    asked = await one.phone.wait_for("⚡ What shall Alice get?", after=after)
    await one.phone.tap(asked.message_id, "Hello")
    shown = await one.phone.wait_for(
        lambda m: m.message_id == asked.message_id and "not sent yet" in m.text
    )
    return shown.message_id
