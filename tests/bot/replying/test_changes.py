"""An answer is edited or taken back, at each moment of its way."""

import pytest
from redis.asyncio import Redis

from bot.customers import claim
from bot.replying.arrived import ids, told
from bot.replying.conftest import At
from chat_backend import ChatBackend
from desk_at_work.event_delivering import delivering
from onduty_desk.failures.failures import Failures
from onduty_sandbox.client import Phone
from waiting import until

NOT_CHANGED = "The change did not reach the customer\n\n"
TAKEN_BACK = "This answer is being taken back. It is done when 👀 is gone from it."


async def test_an_edit_after_it_arrived(anna: Phone, at: At, delivered: ChatBackend) -> None:
    """The same answer, in new words; 👍 once these have arrived."""
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Helo")
    await one.shows(sent, "👍")
    await anna.edit(sent, "Hello")
    await until(lambda: told(delivered), equals=[("reply.sent", "Helo"), ("reply.edited", "Hello")])
    await one.shows(sent, "👍")
    assert len(ids(delivered)) == 1


async def test_an_edit_on_its_way(anna: Phone, at: At, chat: ChatBackend, redis: Redis) -> None:
    """Both come, in order; it is 👀 until both have."""
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Helo")
    await one.shows(sent, "👀")
    await anna.edit(sent, "Hello")
    await until(lambda: redis.llen("onduty:events:of Alice"), equals=3)
    async with delivering(redis, chat.url):
        await one.shows(sent, "👍")
    assert told(chat) == [("reply.sent", "Helo"), ("reply.edited", "Hello")]


async def test_an_edit_before_it_is_sent(
    anna: Phone, bob: Phone, at: At, delivered: ChatBackend, redis: Redis
) -> None:
    """What is held is sent as it reads then."""
    one, two = await at(anna), await at(bob)
    one.write("Alice")
    await two.card("Alice")
    await claim(anna, "Alice")
    sent = await two.reply("Alice", "Helo")
    asked = await two.told(sent)
    await bob.edit(sent, "Hello")
    await until(lambda: redis.hget(f"onduty:reply:202:{sent}", "text"), equals="Hello")
    await bob.tap(asked.message_id, "Take over and send")
    await two.shows(sent, "👍")
    assert told(delivered) == [("reply.sent", "Hello")]


async def test_an_edit_of_what_failed_is_sent_in_its_place(
    anna: Phone, at: At, delivered: ChatBackend, redis: Redis
) -> None:
    """The backend never had it, so it is an answer; the failed list has it no more."""
    delivered.answers = lambda event: 422 if event.type == "reply.sent" else 200
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Helo")
    await one.shows(sent, "😢")
    failed = await one.told(sent)
    delivered.answers = lambda _: 200
    await anna.edit(sent, "Hello")
    await one.shows(sent, "👍")
    assert told(delivered) == [("reply.sent", "Hello")]
    assert await Failures(redis).all() == {}

    async def is_gone() -> bool:
        """What said that it failed does not stay beside 👍."""
        return all(m.deleted for m in await anna.messages() if m.message_id == failed.message_id)

    await until(is_gone, equals=True)


async def test_an_edit_behind_an_answer_that_is_refused_is_no_answer(
    anna: Phone, at: At, chat: ChatBackend, redis: Redis
) -> None:
    """A backend that confirms a change of what it never had has shown nothing."""
    chat.answers = lambda event: 422 if event.type == "reply.sent" else 200
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Helo")
    await one.shows(sent, "👀")
    await anna.edit(sent, "Hello")
    await until(lambda: redis.llen("onduty:events:of Alice"), equals=3)
    async with delivering(redis, chat.url):
        await until(lambda: told(chat), equals=[("reply.edited", "Hello")])
        await one.shows(sent, "😢")
        chat.answers = lambda _: 200
        asked = await one.told(sent)
        await anna.tap(asked.message_id, "Try again")
        await one.shows(sent, "👍")
    assert told(chat)[1:] == [("reply.sent", "Hello")]


async def test_the_same_once_more_is_no_change(anna: Phone, at: At, delivered: ChatBackend) -> None:
    """Telegram tells of an edit also when it has only found the preview of a link."""
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Hello")
    await one.shows(sent, "👍")
    await anna.edit(sent, "Hello")
    await anna.edit(sent, "Hello!")
    await until(lambda: len(told(delivered)), equals=2)


@pytest.mark.parametrize("when", ["on its way", "arrived"])
async def test_it_is_taken_back(
    when: str, anna: Phone, at: At, chat: ChatBackend, redis: Redis
) -> None:
    """By /undo as a reply to it; then no reaction is left, and an edit changes nothing.

    The operator is told at once that it is on its way: a reaction that goes is easily overlooked.
    """
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Hello")
    if when == "on its way":
        await one.shows(sent, "👀")
        await anna.send("/undo", reply_to=sent)
        await until(lambda: redis.llen("onduty:events:of Alice"), equals=3)
    async with delivering(redis, chat.url):
        if when == "arrived":
            await one.shows(sent, "👍")
            await anna.send("/undo", reply_to=sent)
        await until(lambda: told(chat), equals=[("reply.sent", "Hello"), ("reply.deleted", "")])
        await one.shows(sent, "")
        said = await one.told(sent)
        assert said.text == TAKEN_BACK
        await anna.edit(sent, "Hello?")
        refused = await anna.wait_for(f"{NOT_CHANGED}You have taken this answer back.")
        assert refused.reply_to == sent
        await anna.send("/undo", reply_to=sent)
        assert (await anna.wait_for("already")).text == "You have taken this answer back already."
    assert len(ids(chat)) == 1


@pytest.mark.parametrize("when", ["on its way", "refused"])
async def test_what_the_backend_never_took_is_taken_back_too(
    when: str, anna: Phone, at: At, chat: ChatBackend, redis: Redis
) -> None:
    """The customer has nothing of it: no reaction is left, and no row on the failed list."""
    chat.answers = lambda event: 422 if event.type == "reply.sent" else 200
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Hello")
    if when == "on its way":
        await one.shows(sent, "👀")
        await anna.send("/undo", reply_to=sent)
        await until(lambda: redis.llen("onduty:events:of Alice"), equals=3)
    async with delivering(redis, chat.url):
        if when == "refused":
            await one.shows(sent, "😢")
            await anna.send("/undo", reply_to=sent)
        await until(lambda: told(chat), equals=[("reply.deleted", "")])
        await until(lambda: redis.hget(f"onduty:reply:101:{sent}", "state"), equals="deleted")
        await one.shows(sent, "")
    assert await Failures(redis).all() == {}


async def test_what_is_held_is_never_sent_after_undo(
    anna: Phone, bob: Phone, at: At, delivered: ChatBackend
) -> None:
    """The button below it sends nothing any more."""
    one, two = await at(anna), await at(bob)
    one.write("Alice")
    await two.card("Alice")
    await claim(anna, "Alice")
    sent = await two.reply("Alice", "Hello")
    asked = await two.told(sent)
    await bob.send("/undo", reply_to=sent)
    await bob.wait_for("It was not sent, and will not be.")
    tapped = await bob.tap(asked.message_id, "Take over and send")
    assert tapped.text == "It was sent already, or is too old."
    assert told(delivered) == []


async def test_only_an_own_answer_is_taken_back(
    anna: Phone, at: At, delivered: ChatBackend
) -> None:
    """A card is none; and /undo alone says how it goes."""
    one = await at(anna)
    one.write("Alice")
    await anna.send("/undo", reply_to=await one.card("Alice"))
    await anna.wait_for(f"{NOT_CHANGED}That message is not an answer of yours, or it is too old.")
    await anna.send("/undo")
    await anna.wait_for("To take an answer back, reply to it with /undo.")
    assert told(delivered) == []


async def test_the_author_may_change_it_after_passing_it_on_but_not_off_duty(
    anna: Phone, bob: Phone, at: At, delivered: ChatBackend, redis: Redis
) -> None:
    """The words stay theirs; off duty they are told that nothing has changed."""
    one, two = await at(anna), await at(bob)
    one.write("Alice")
    await two.card("Alice")
    sent = await one.reply("Alice", "Hello")
    await one.shows(sent, "👍")
    over = await two.told(await two.reply("Alice", "Mine"))
    await bob.tap(over.message_id, "Take over and send")
    await until(lambda: len(told(delivered)), equals=2)
    await anna.edit(sent, "Hello!")
    await until(lambda: told(delivered)[2:], equals=[("reply.edited", "Hello!")])
    await anna.send("/off")
    await until(lambda: redis.exists("onduty:operator:101"), equals=0)
    await anna.edit(sent, "Off")
    assert (await one.told(sent)).text.startswith(f"{NOT_CHANGED}You are off duty.")
    assert len(told(delivered)) == 3


async def test_an_answer_is_not_known_for_ever(
    anna: Phone, at: At, delivered: ChatBackend, redis: Redis
) -> None:
    """It expires with its conversation."""
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Hello")
    await one.shows(sent, "👍")
    assert await redis.ttl(f"onduty:reply:101:{sent}") > 29 * 86_400
    (reply_id,) = ids(delivered)
    assert await redis.ttl(f"onduty:reply-place:{reply_id}") > 29 * 86_400
