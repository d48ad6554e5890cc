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
CLAIM = ["🙋 I'll answer", "⋯"]
LOOK = "👀 Look"
NUDGE = ["Still answering", "☑️ Close", "↩️ Release"]
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
    shown = await card(anna, "Hello", CLAIM)
    await card(boris, "Hello", CLAIM)
    await anna.tap(shown.message_id, "claim")
    await card(anna, "🟢 Alice · waits for your answer", ["☑️ Close", "↩️ Release", "⋯"])
    await card(boris, "👤 Alice · Anna is answering", OTHERS)
    return anna, boris


async def test_a_silent_owner_is_asked_and_then_the_others_are_rung(
    anna_and_boris: tuple[Phone, Phone], move_clock: MoveClock
) -> None:
    """After three minutes a ringing question; five more and it waits for everyone again."""
    anna, boris = anna_and_boris
    await move_clock(3 * MINUTE)
    nudge = await card(anna, "⏳ Are you still answering Alice?", NUDGE)
    assert not nudge.silent
    await move_clock(8 * MINUTE + timedelta(seconds=1))
    for phone, first in ((anna, "↩️ Alice · it was yours"), (boris, "↩️ Alice · returned from Anna")):
        shown = await card(phone, first, CLAIM)
        assert shown.text.splitlines()[1] == "Hello"
    lost = "↩️ Alice waits again for everyone: nothing came from you for too long"
    await anna.wait_for(lost)
    await until(lambda: is_gone(anna, nudge))
    await until(lambda: _has_rung(boris, 2))  # the card that came first is gone
    assert (await rung(boris))[-1] == "↩️ Alice · returned from Anna"
    assert await rung(anna) == ["↩️ Alice · it was yours", "⏳ Are you still answering Alice?", lost]


async def test_whoever_still_answers_keeps_it(
    anna_and_boris: tuple[Phone, Phone], move_clock: MoveClock
) -> None:
    """The question disappears, and comes again six minutes later."""
    anna, boris = anna_and_boris
    await move_clock(3 * MINUTE)
    first = await card(anna, "⏳", NUDGE)
    assert (await anna.tap(first.message_id, "Still answering")).text == "It stays yours"
    await until(lambda: is_gone(anna, first))
    await move_clock(9 * MINUTE + timedelta(seconds=1))
    second = await card(anna, "⏳", NUDGE)
    assert second.message_id > first.message_id
    await anna.tap(second.message_id, "↩️ Release")
    await until(lambda: is_gone(anna, second))
    await move_clock(10 * MINUTE)
    await until(lambda: _has_rung(boris, 2))


async def _has_rung(phone: Phone, times: int) -> bool:
    return len(await rung(phone)) == times


async def test_an_answer_elsewhere_stops_the_lease(
    anna_and_boris: tuple[Phone, Phone], desk: Desk, move_clock: MoveClock, redis: Redis
) -> None:
    """The backend says that an operator has answered in its own chat: nobody is asked any more."""
    anna, _ = anna_and_boris
    await move_clock(3 * MINUTE)
    nudge = await card(anna, "⏳", NUDGE)
    SupportDesk(desk.environment["ONDUTY_REDIS_URL"]).touch("c1")
    await until(lambda: is_gone(anna, nudge))
    fields = await redis.hgetall(conversation_key(ConversationId("c1")))
    assert fields["owner"] == "101"
    assert fields.keys() & {"nudge_at_ms", "return_at_ms"} == set()


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
    await card(boris, "↩️ Alice · returned from Anna", CLAIM)


async def test_a_customer_who_comes_back_rings_the_last_owner_first(
    anna_and_boris: tuple[Phone, Phone], desk: Desk, move_clock: MoveClock
) -> None:
    """A minute later the others, with all that has come meanwhile; the old cards are gone."""
    anna, boris = anna_and_boris
    old = await card(anna, "🟢 Alice · waits for your answer", ["☑️ Close", "↩️ Release", "⋯"])
    await anna.tap(old.message_id, "close")
    await anna.wait_for("☑️ Alice · closed by you")
    customer_writes(desk, "One more thing")
    new = await card(anna, "🔁 Alice · back again, last with you", [CLAIM[0], LOOK, "⋯"])
    customer_writes(desk, "And another")
    await anna.wait_for("And another")
    assert new.message_id > old.message_id
    await until(lambda: is_gone(anna, old))
    assert len(await rung(boris)) == 1
    await move_clock(MINUTE + timedelta(seconds=1))
    back = "🔁 Alice · back again, last with Anna\n2 messages, waiting 1 min"
    shown = await card(boris, back, [CLAIM[0], LOOK, "⋯"])
    assert "One more thing\nAnd another\n" in shown.text


async def is_gone(phone: Phone, message: ChatMessage) -> bool:
    [found] = [m for m in await phone.messages() if m.message_id == message.message_id]
    return found.deleted
