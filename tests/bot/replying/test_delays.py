"""ONDUTY_SEND_AFTER on a phone: the bot says when an answer goes, and Undo takes it back."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.customers import Customers, claim, dispatching, sign_in, writing
from bot.phones import Running
from bot.replying.answering import Answering
from bot.replying.arrived import replies
from bot.replying.conftest import At, Show
from chat_backend import ChatBackend
from desk_at_work.delays import sending_delayed
from desk_at_work.fixtures import MoveClock
from onduty.events import ReplyDeleted
from onduty_desk.replies.delaying import DelayedReplies
from onduty_sandbox.client import ChatMessage, Phone, Sandbox
from waiting import until

AFTER = 60
OVER = timedelta(seconds=AFTER + 1)
GOES = f"Goes to Alice in {AFTER} s"


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
    """A desk that sends answers after a minute."""
    dispatcher = dispatching(redis, sandbox, token)
    async with running(send_after=AFTER), dispatcher, showing(), sending_delayed(redis):
        yield writing(redis_url)


async def notices(phone: Phone) -> list[ChatMessage]:
    """Return what says that an answer goes in a while, and is not gone."""
    return [one for one in await phone.messages() if GOES in one.text and not one.deleted]


async def none_is_left(phone: Phone) -> None:
    await until(lambda: notices(phone), equals=[])


async def test_it_says_when_it_goes_and_vanishes_when_it_has_gone(
    anna: Phone, at: At, delivered: ChatBackend, move_clock: MoveClock
) -> None:
    """Without a ring, as a reply to the answer."""
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Hello")
    told = await one.told(sent)
    assert (told.text, told.button_texts, told.silent) == (GOES, ["Undo"], True)
    await one.shows(sent, "")
    assert replies(delivered) == []
    await move_clock(OVER)
    await one.shows(sent, "👍")
    assert replies(delivered) == [("of Alice", "Hello")]
    await none_is_left(anna)


@pytest.mark.parametrize("way", ["button", "to the answer", "to the notice"])
async def test_undo_takes_it_back(
    way: str, anna: Phone, at: At, delivered: ChatBackend, move_clock: MoveClock, redis: Redis
) -> None:
    """Nothing was sent, which is said, and nothing will be."""
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Hello")
    told = await one.told(sent)
    if way == "button":
        tapped = await anna.tap(told.message_id, "Undo")
        assert tapped.text == "It was not sent, and will not be."
    else:
        to = sent if way == "to the answer" else told.message_id
        await anna.send("/undo", reply_to=to)
        said = await anna.wait_for("It was not sent, and will not be.")
        assert said.reply_to == sent
    await none_is_left(anna)
    await move_clock(OVER)
    await DelayedReplies(redis).send_due()
    again = await one.reply("Alice", "Good day")
    await one.told(again)
    await move_clock(OVER * 2)
    await one.shows(again, "👍")
    assert replies(delivered) == [("of Alice", "Good day")]
    await one.shows(sent, "")


async def test_an_edit_meanwhile_is_what_is_sent(
    anna: Phone, at: At, delivered: ChatBackend, move_clock: MoveClock, redis: Redis
) -> None:
    """One answer, with no word about the change."""
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Helo")
    await one.told(sent)
    await anna.edit(sent, "Hello")
    await until(lambda: redis.hget(f"onduty:reply:101:{sent}", "text"), equals="Hello")
    await move_clock(OVER)
    await one.shows(sent, "👍")
    assert [one.type for one in delivered.received] == ["conversation.claimed", "reply.sent"]
    assert replies(delivered) == [("of Alice", "Hello")]


async def test_undo_that_comes_too_late_still_takes_it_back(
    anna: Phone,
    redis: Redis,
    redis_url: str,
    sandbox: Sandbox,
    token: str,
    running: Running,
    wanted: None,  # noqa: ARG001 - it is
    delivered: ChatBackend,
    move_clock: MoveClock,
) -> None:
    """Whoever taps Undo wants it undone: the customer's chat is told to remove it."""
    async with running(send_after=AFTER):
        async with dispatching(redis, sandbox, token):
            one = await _on_duty(anna, redis, writing(redis_url))
            one.write("Alice")
            told = await one.told(await one.reply("Alice", "Hello"))
        await move_clock(OVER)
        await DelayedReplies(redis).send_due()
        await until(lambda: replies(delivered), equals=[("of Alice", "Hello")])
        tapped = await anna.tap(told.message_id, "Undo")
        assert tapped.text == "It was sent already, and is taken back now."
        await none_is_left(anna)
        await until(lambda: any(isinstance(e, ReplyDeleted) for e in delivered.received))


async def test_a_bot_that_dies_leaves_nothing_that_lies(
    anna: Phone,
    redis: Redis,
    redis_url: str,
    sandbox: Sandbox,
    token: str,
    running: Running,
    wanted: None,  # noqa: ARG001 - it is
    delivered: ChatBackend,
    move_clock: MoveClock,
) -> None:
    """The answer goes, and so does what was said of it, by dispatchers that start only then."""
    async with running(send_after=AFTER), dispatching(redis, sandbox, token):
        one = await _on_duty(anna, redis, writing(redis_url))
        one.write("Alice")
        told = await one.told(await one.reply("Alice", "Hello"))
        await until(lambda: redis.hexists(f"onduty:reply:101:{told.reply_to}", "notice"))
    await move_clock(OVER)
    assert len(await notices(anna)) == 1
    async with dispatching(redis, sandbox, token), sending_delayed(redis):
        await until(lambda: replies(delivered), equals=[("of Alice", "Hello")])
        await none_is_left(anna)


async def test_closing_sends_it_first(anna: Phone, at: At, delivered: ChatBackend) -> None:
    """The operator does not wait for their own answer."""
    one = await at(anna)
    one.write("Alice")
    await one.told(await one.reply("Alice", "Bye"))
    await anna.wait_for(lambda m: "☑️ Close" in m.button_texts)
    await anna.tap(await one.card("Alice"), "☑️ Close")
    await until(lambda: len(delivered.received), equals=3)
    kinds = [event.type for event in delivered.received]
    assert kinds == ["conversation.claimed", "reply.sent", "conversation.closed"]
    await none_is_left(anna)


async def test_what_is_taken_over_waits_too(
    anna: Phone, bob: Phone, at: At, delivered: ChatBackend, move_clock: MoveClock
) -> None:
    """The tap is told when it goes, and Undo takes it back."""
    one, two = await at(anna), await at(bob)
    one.write("Alice")
    await two.card("Alice")
    await claim(anna, "Alice")
    sent = await two.reply("Alice", "Hello")
    asked = await two.told(sent)
    assert (await bob.tap(asked.message_id, "Take over and send")).text == GOES
    told = await bob.wait_for(GOES)
    assert (told.reply_to, told.button_texts) == (sent, ["Undo"])
    await move_clock(OVER)
    await two.shows(sent, "👍")
    assert replies(delivered) == [("of Alice", "Hello")]
    await none_is_left(bob)


async def test_what_is_sent_to_one_who_was_chosen_waits_too(
    anna: Phone, at: At, delivered: ChatBackend, move_clock: MoveClock
) -> None:
    """To Alice."""
    one = await at(anna)
    one.write("Alice")
    await claim(anna, "Alice")
    sent = await anna.send("Hello")
    asked = await one.told(sent)
    assert (await anna.tap(asked.message_id, "To Alice")).text == GOES
    assert (await anna.wait_for(GOES)).reply_to == sent
    await move_clock(OVER)
    await one.shows(sent, "👍")
    assert replies(delivered) == [("of Alice", "Hello")]


async def test_a_note_that_is_sent_instead_waits_too(
    anna: Phone, at: At, delivered: ChatBackend, move_clock: MoveClock
) -> None:
    """From then on it is an answer; the note itself never was delayed."""
    one = await at(anna)
    one.write("Alice")
    await claim(anna, "Alice")
    await anna.tap(await one.card("Alice"), "📝 Note")
    await anna.wait_for("📝 Your next message in this chat is a note about Alice")
    sent = await anna.send("On it!")
    asked = await one.told(sent)
    assert asked.button_texts == ["Send to customer instead"]
    assert (await anna.tap(asked.message_id, "Send to customer instead")).text == GOES
    assert (await anna.wait_for(GOES)).reply_to == sent
    await move_clock(OVER)
    await one.shows(sent, "👍")
    assert replies(delivered) == [("of Alice", "On it!")]


async def test_it_is_said_in_russian(boris: Phone, at: At) -> None:
    """With the button in the same language."""
    one = await at(boris)
    one.write("Alice")
    sent = await one.reply("Alice", "Привет")
    told = await one.told(sent)
    assert told.text == f"Уйдёт через {AFTER} с. Клиент: Alice"
    tapped = await boris.tap(told.message_id, "Отменить")
    assert tapped.text == "Ответ не отправлен и отправлен не будет."


async def _on_duty(phone: Phone, redis: Redis, write: Customers) -> Answering:
    await sign_in(phone)
    return Answering(phone, redis, write)
