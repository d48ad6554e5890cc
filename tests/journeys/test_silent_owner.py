"""An owner who is silent is asked, and then loses what they hold; by a clock that is moved."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from onduty import CustomerMessage, SupportDesk
from onduty_desk.model.keys import ConversationId, conversation_key
from onduty_sandbox.client import ChatMessage, Phone
from waiting import until

from .conftest import Desk

MoveClock = Callable[[timedelta], Awaitable[None]]
MINUTE = timedelta(minutes=1)
CLAIM = "🙋 I'll answer"
NUDGE = ["Still answering", "↩️ Release"]
OTHERS = ["👀 Open"]


def customer_writes(desk: Desk, text: str) -> None:
    SupportDesk(desk.environment["ONDUTY_REDIS_URL"]).notify(
        CustomerMessage(text=text, conversation_id="c1", customer_name="Alice", recipient="Shop")
    )


async def card(phone: Phone, first: str, buttons: list[str]) -> ChatMessage:
    """Wait for the phone's card to begin so and to have these buttons."""
    return await phone.wait_for(
        lambda m: m.text.startswith(first) and m.button_texts == buttons and not m.deleted
    )


async def rung(phone: Phone) -> list[str]:
    """Return what has rung there since the operator signed in, as it reads now."""
    shown = [m.text for m in await phone.messages() if m.from_bot and not m.silent]
    return [text.partition("\n")[0] for text in shown[2:]]


@pytest.fixture
async def anna_and_boris(desk: Desk) -> tuple[Phone, Phone]:
    """Two operators; Anna has claimed the conversation c1."""
    await desk.start("bot", "dispatcher")
    anna, boris = await desk.operator(101, "Anna"), await desk.operator(102, "Boris")
    customer_writes(desk, "Hello")
    shown = await card(anna, "Hello", [CLAIM, "👀 Look"])
    await card(boris, "Hello", [CLAIM, "👀 Look"])
    await anna.tap(shown.message_id, "claim")
    await card(anna, "✅ You are answering", ["☑️ Close", "↩️ Release"])
    await card(boris, "✅ Anna is answering", OTHERS)
    return anna, boris


async def test_a_silent_owner_is_asked_and_then_the_others_are_rung(
    anna_and_boris: tuple[Phone, Phone], move_clock: MoveClock
) -> None:
    """After three minutes a ringing question; five more and it waits for everyone again."""
    anna, boris = anna_and_boris
    await move_clock(3 * MINUTE)
    nudge = await card(anna, "⏳ Are you still answering Alice?", NUDGE)
    assert not nudge.silent
    assert nudge.reply_to
    await move_clock(8 * MINUTE + timedelta(seconds=1))
    told = "↩️ Alice waits again: nothing came from Anna"
    assert (await boris.wait_for(told)).reply_to
    for phone, first in ((anna, "↩️ It was yours"), (boris, "↩️ Returned from Anna")):
        shown = await card(phone, first, [CLAIM, "👀 Look"])
        assert shown.text.splitlines()[1] == "Hello"
    lost = "↩️ Alice waits again for everyone: nothing came from you for too long"
    await anna.wait_for(lost)
    await until(lambda: is_gone(anna, nudge))
    assert await rung(boris) == ["↩️ Returned from Anna", told]
    assert await rung(anna) == ["↩️ It was yours", "⏳ Are you still answering Alice?", lost]


async def test_whoever_still_answers_keeps_it(
    anna_and_boris: tuple[Phone, Phone], move_clock: MoveClock
) -> None:
    """The question disappears, and comes again three minutes later."""
    anna, boris = anna_and_boris
    await move_clock(3 * MINUTE)
    first = await card(anna, "⏳", NUDGE)
    assert (await anna.tap(first.message_id, "Still answering")).text == "It stays yours"
    await until(lambda: is_gone(anna, first))
    await move_clock(6 * MINUTE + timedelta(seconds=1))
    second = await card(anna, "⏳", NUDGE)
    assert second.message_id > first.message_id
    await anna.tap(second.message_id, "↩️ Release")
    await until(lambda: is_gone(anna, second))
    await boris.wait_for("↩️ Alice waits again: Anna released it")


async def test_an_answer_elsewhere_renews_the_lease(
    anna_and_boris: tuple[Phone, Phone], desk: Desk, move_clock: MoveClock, redis: Redis
) -> None:
    """The backend says that an operator has answered in its own chat: nobody is asked any more."""
    anna, _ = anna_and_boris
    await move_clock(3 * MINUTE)
    nudge = await card(anna, "⏳", NUDGE)
    SupportDesk(desk.environment["ONDUTY_REDIS_URL"]).touch("c1")
    await until(lambda: is_gone(anna, nudge))
    nudge_at, owner = await redis.hmget(
        conversation_key(ConversationId("c1")), "nudge_at_ms", "owner"
    )
    now_s, _ = await redis.time()
    assert owner == "101"
    assert int(nudge_at or 0) / 1000 > now_s + (3 + 3) * 60 - 30


@pytest.mark.parametrize("how", ["off", "block"])
async def test_a_follow_up_for_an_owner_who_has_gone_comes_to_the_others_at_once(
    anna_and_boris: tuple[Phone, Phone], desk: Desk, how: str
) -> None:
    """With /off, or with a bot that is blocked and finds that out as it sends."""
    anna, boris = anna_and_boris
    if how == "off":
        await anna.send("/off")
        await anna.wait_for("You've stopped receiving messages")
    else:
        await desk.sandbox.fault("403", "sendMessage", chat_id=anna.chat_id, times=None)
    customer_writes(desk, "Are you there?")
    told = await boris.wait_for("Are you there?")
    assert not told.silent
    await card(boris, "↩️ Returned from Anna", [CLAIM, "👀 Look"])


async def test_a_customer_who_comes_back_rings_the_last_owner_first(
    anna_and_boris: tuple[Phone, Phone], desk: Desk, move_clock: MoveClock
) -> None:
    """A minute later the others, with all that has come meanwhile; old cards have no buttons."""
    anna, boris = anna_and_boris
    old = await card(anna, "✅ You are answering", ["☑️ Close", "↩️ Release"])
    await anna.tap(old.message_id, "close")
    for phone in anna_and_boris:
        await phone.wait_for("☑️ Closed")
    customer_writes(desk, "One more thing")
    new = await card(anna, "🔁 Back again, last with you", [CLAIM, "👀 Look"])
    customer_writes(desk, "And another")
    await anna.wait_for("And another")
    assert new.message_id > old.message_id
    await until(lambda: buttons_of(anna, old), equals=[])
    assert await rung(boris) == ["☑️ Closed"]
    await move_clock(MINUTE + timedelta(seconds=1))
    back = "🔁 Back again, last with Anna\n2 messages, waiting 1 min"
    shown = await card(boris, back, [CLAIM, "👀 Look"])
    assert "One more thing\nAnd another\n" in shown.text


async def is_gone(phone: Phone, message: ChatMessage) -> bool:
    [found] = [m for m in await phone.messages() if m.message_id == message.message_id]
    return found.deleted


async def buttons_of(phone: Phone, message: ChatMessage) -> list[str]:
    [found] = [m for m in await phone.messages() if m.message_id == message.message_id]
    return found.button_texts
