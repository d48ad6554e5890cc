"""What becomes of an answer is seen on it, whatever happens; a failure offers to try again."""

import pytest
from redis.asyncio import Redis

from bot.customers import dispatching, sign_in, writing
from bot.phones import Running
from bot.replying.answering import Answering
from bot.replying.arrived import FAILED, is_deleted, replies
from bot.replying.conftest import At, Show
from chat_backend import ChatBackend
from desk_at_work.event_delivering import delivering
from onduty_desk.failures.failures import Failures
from onduty_desk.model.keys import REACTIONS, REPLIES_QUEUED
from onduty_desk.replies.reacting import Reactions
from onduty_desk.replies.replying import JOB_GONE
from onduty_sandbox.client import Phone, Sandbox
from waiting import until


async def test_refused_for_good_it_can_be_tried_again(
    anna: Phone, at: At, delivered: ChatBackend, redis: Redis
) -> None:
    """Its author is told why, the failed list has it, and both forget it when it has arrived."""
    delivered.answers = lambda event: 422 if event.type == "reply.sent" else 200
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Hello")
    await one.shows(sent, "😢")
    asked = await one.told(sent)
    why = "HTTP 422: it refuses that for good"
    assert asked.text == f"{FAILED}the web chat did not take it ({why})."
    ((_, failure),) = (await Failures(redis).all()).items()
    assert failure["reason"] == "HTTP 422: the backend refuses it for good"
    delivered.answers = lambda _: 200
    assert (await anna.tap(asked.message_id, "Try again")).text == "Sent again"
    await one.shows(sent, "👍")
    assert replies(delivered) == [("of Alice", "Hello")]
    assert await Failures(redis).all() == {}


async def test_an_sre_tries_it_again(
    anna: Phone, at: At, delivered: ChatBackend, redis: Redis, redis_url: str
) -> None:
    """By `onduty failed retry`: the operator sees that it has arrived after all."""
    delivered.answers = lambda event: 410 if event.type == "reply.sent" else 200
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Hello")
    await one.shows(sent, "😢")
    delivered.answers = lambda _: 200
    told = await one.told(sent)
    (failure_id,) = await Failures(redis).all()
    assert await Failures(redis).retry(failure_id, redis_url) == "backend"
    await one.shows(sent, "👍")
    await until(lambda: is_deleted(anna, told), equals=True)
    assert replies(delivered) == [("of Alice", "Hello")]
    assert await Failures(redis).retry(failure_id, redis_url) == "gone"


async def test_while_the_backend_is_down_it_is_on_its_way(
    anna: Phone, at: At, chat: ChatBackend, redis: Redis
) -> None:
    """Then each comes once and in order, and nothing was claimed to have arrived."""
    one = await at(anna)
    one.write("Alice", "Bilal")
    sent = [await one.reply(customer, f"{n}") for n in range(3) for customer in ("Alice", "Bilal")]
    for message_id in sent:
        await one.shows(message_id, "👀")
    async with delivering(redis, chat.url):
        for message_id in sent:
            await one.shows(message_id, "👍")
    for customer in ("of Alice", "of Bilal"):
        assert [text for about, text in replies(chat) if about == customer] == ["0", "1", "2"]


async def test_a_failure_behind_which_a_change_waits_is_told_as_what_it_is(
    anna: Phone, at: At, chat: ChatBackend, redis: Redis
) -> None:
    """Not the change has failed, but all of it; a change cannot say so."""
    chat.answers = lambda event: 422 if event.type == "reply.sent" else 500
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Helo")
    await one.shows(sent, "👀")
    await anna.edit(sent, "Hello")
    await until(lambda: redis.llen("onduty:events:of Alice"), equals=3)
    chat.answers = lambda event: {"reply.sent": 422, "reply.edited": 500}.get(event.type, 200)
    async with delivering(redis, chat.url):
        told = await one.told(sent)
    assert told.text.startswith(f"{FAILED}the web chat did not take it (HTTP 422")


async def test_a_job_that_is_gone_is_not_told_as_a_failure_for_certain(
    anna: Phone, at: At, redis: Redis
) -> None:
    """The customer may have it: its author looks, and tries again only if it is not there."""
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Hello")
    await one.shows(sent, "👀")
    reply_id, event_id = await redis.hmget(f"onduty:reply:101:{sent}", "id", "event")
    entry = f"{event_id!s} {reply_id!s}"
    await redis.zadd(REPLIES_QUEUED, {entry: 0})
    await Reactions(redis, per_second=100).settle_job(entry, "gone", JOB_GONE)
    await one.shows(sent, "😢")
    told = await one.told(sent)
    assert told.text.startswith("😢 Nobody knows whether this reached the customer.")
    assert told.button_texts == ["Try again"]


async def test_a_reaction_that_telegram_does_not_take_is_set_later(
    anna: Phone, at: At, delivered: ChatBackend, sandbox: Sandbox
) -> None:
    """After a 429 and a broken answer; the card is not later for it."""
    await sandbox.fault("429", "setMessageReaction", chat_id=101, times=2)
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Hello")
    await anna.wait_for(lambda m: "☑️ Close" in m.button_texts)
    await one.shows(sent, "👍")
    assert replies(delivered) == [("of Alice", "Hello")]


async def test_a_deleted_message_gets_no_reaction(
    anna: Phone, at: At, chat: ChatBackend, redis: Redis
) -> None:
    """It cannot be shown there any more; the answer goes on."""
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Hello")
    await one.shows(sent, "👀")
    await anna.delete(sent)
    async with delivering(redis, chat.url):
        await until(lambda: replies(chat), equals=[("of Alice", "Hello")])
        await until(lambda: redis.zcard(REACTIONS), equals=0)


async def test_killed_after_it_was_sent_it_is_sent_and_shown_once_more(
    anna: Phone, at: At, chat: ChatBackend, redis: Redis
) -> None:
    """A dispatcher that has posted and not settled: the repeat has the same ids."""
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Hello")
    await one.shows(sent, "👀")
    chat.answers = lambda _: 0 if chat.requests == 2 else 200  # taken, and cut off
    async with delivering(redis, chat.url):
        await one.shows(sent, "👍")
    assert replies(chat) == [("of Alice", "Hello")]
    assert chat.requests == 3


@pytest.mark.usefixtures("wanted")
async def test_after_a_kill_of_all_the_truth_is_shown(
    anna: Phone,
    redis: Redis,
    redis_url: str,
    sandbox: Sandbox,
    token: str,
    running: Running,
    showing: Show,
    chat: ChatBackend,
) -> None:
    """Whoever comes next shows and sends what the ones before have left."""
    async with running(), dispatching(redis, sandbox, token):
        await sign_in(anna)
        one = Answering(anna, redis, writing(redis_url))
        one.write("Alice")
        sent = await one.reply("Alice", "Hello")
        await until(lambda: redis.zcard(REACTIONS), equals=1)
    async with delivering(redis, chat.url):
        await until(lambda: replies(chat), equals=[("of Alice", "Hello")])
    async with showing():
        await one.shows(sent, "👍")
