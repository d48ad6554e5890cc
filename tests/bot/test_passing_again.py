"""Pass on, more than once: of the older question, and of what was said, nothing stays."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.customers import Customers, ask, claim, sign_in
from bot.test_passing import BOB, CAROL, begin, choose, is_deleted
from desk_at_work.fixtures import MoveClock
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.rules import Rules
from onduty_desk.model.bot_keys import pass_question_key
from onduty_desk.model.keys import ConversationId, OperatorId
from onduty_dispatcher.wake_ups.timers import Timers
from onduty_sandbox.client import ChatMessage, Phone
from waiting import until


@pytest.fixture
async def carols(customers: Customers, anna: Phone, bob: Phone) -> None:
    """Anna answers Carol; Bob is on duty, too."""
    await sign_in(anna)
    await sign_in(bob)
    customers("Carol")
    await claim(anna, "Carol")


async def offered(redis: Redis, anna: Phone, bob: Phone) -> ChatMessage:
    """Let Anna ask Bob without a reason; return the message that says so."""
    question = await begin(anna)
    await anna.tap(question.message_id, "Bob · 0")
    await anna.wait_for(lambda m: m.button_texts == ["No reason", "Cancel"] and not m.deleted)
    await anna.tap(question.message_id, "No reason")
    await anna.wait_for("🤝 Bob is asked to take over Carol.", after=question.message_id - 1)
    await bob.wait_for(lambda m: m.button_texts == ["🙋 Accept", "Decline"] and not m.deleted)
    await until(lambda: redis.hget(CAROL, "pass_said"), equals=f"{question.message_id}")
    return question


@pytest.mark.usefixtures("carols")
async def test_asked_anew_the_older_question_goes(redis: Redis, anna: Phone) -> None:
    """With what it asks: a text is not taken for the reason of a question that nobody sees."""
    first = await begin(anna)
    await choose(anna, "Bob · 0", of="🤝 To whom")
    await anna.wait_for("🤝 Carol, to Bob. Why?")
    await choose(anna, "⋯", of="🟢 Carol")
    await choose(anna, "🤝 Pass on", of="🟢 Carol")
    second = await anna.wait_for("🤝 To whom shall Carol go?", after=first.message_id)
    assert await is_deleted(anna, first)
    assert (await ask(anna, "speaks French")).startswith("This reached no one.")
    assert await redis.hget(CAROL, "pass_to") is None
    await anna.tap(second.message_id, "Bob · 0")
    await anna.wait_for(
        lambda m: m.message_id == second.message_id and "No reason" in m.button_texts
    )
    await anna.tap(second.message_id, "No reason")
    done = await anna.wait_for("🤝 Bob is asked to take over Carol.")
    assert done.message_id == second.message_id
    assert await redis.exists(pass_question_key(OperatorId(101))) == 0  # it asks nothing any more


@pytest.mark.usefixtures("carols")
async def test_asked_again_after_one_has_thought_again(
    redis: Redis, anna: Phone, bob: Phone, move_clock: MoveClock
) -> None:
    """What was said of the first time goes with it, and of the second when Bob has missed it."""
    first = await offered(redis, anna, bob)
    await choose(anna, "Do not pass on", of="🟢 Carol")
    await until(lambda: is_deleted(anna, first), equals=True)
    assert await redis.hget(CAROL, "pass_said") is None
    second = await offered(redis, anna, bob)
    await until(lambda: redis.hexists(CAROL, "pass_shown"))
    await move_clock(timedelta(seconds=31))
    await Timers(redis, Rules()).look()
    await until(lambda: is_deleted(anna, second), equals=True)
    await anna.wait_for("⌛ Bob did not answer in time about Carol")


async def test_a_word_that_comes_when_it_is_over_is_to_be_deleted(redis: Redis) -> None:
    """The colleague has answered while the bot was saying that they are asked."""
    conversations = Conversations(redis, Rules())
    carol = ConversationId("of Carol")
    assert not await conversations.note_pass_said(carol, OperatorId(101), BOB, 7)
    await redis.hset(CAROL, mapping={"pass_to": "303", "pass_by": "101"})
    assert not await conversations.note_pass_said(carol, OperatorId(101), BOB, 7)
    assert await redis.hget(CAROL, "pass_said") is None
