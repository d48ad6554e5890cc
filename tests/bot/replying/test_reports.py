"""What the backend says of an answer later, and of the words that it had before."""

import json

from redis.asyncio import Redis

from bot.replying.arrived import FAILED, ids, is_deleted, replies, told
from bot.replying.conftest import At
from chat_backend import ChatBackend
from onduty import SupportDesk
from onduty.events import Event, ReplySent
from onduty_desk.failures.failures import Failures
from onduty_desk.model.keys import REPORTS
from onduty_sandbox.client import Phone
from waiting import until


async def test_the_backend_reports_what_became_of_it(
    anna: Phone, at: At, delivered: ChatBackend, redis: Redis, redis_url: str
) -> None:
    """Read; lost on the way to the customer after all, with its reason; and sent again."""
    desk = SupportDesk(redis_url)
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Hello")
    await one.shows(sent, "👍")
    (event,) = [event for event in delivered.received if isinstance(event, ReplySent)]
    desk.report(event.reply_id, "read")
    await one.shows(sent, "👌")
    desk.report(event.reply_id, "delivered")  # later than what it says
    desk.report("no such reply", "failed")
    await until(lambda: redis.llen(REPORTS), equals=0)
    desk.report(event.reply_id, "failed", "the mailbox is full")
    await one.shows(sent, "😢")
    asked = await one.told(sent)
    assert asked.text == f"{FAILED}the mailbox is full"
    assert list(await Failures(redis).all()) == [f"reply-{event.reply_id}"]
    await anna.tap(asked.message_id, "Try again")
    await one.shows(sent, "👍")
    assert replies(delivered) == [("of Alice", "Hello")] * 2
    again = [event for event in delivered.received if isinstance(event, ReplySent)][1]
    assert (again.reply_id, again.id == event.id) == (event.reply_id, False)
    assert await Failures(redis).all() == {}


async def test_what_fails_again_is_told_again(
    anna: Phone, at: At, delivered: ChatBackend, redis: Redis, redis_url: str
) -> None:
    """The backend took its word back meanwhile, and the operator has put the first word away."""
    desk = SupportDesk(redis_url)
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Hello")
    await one.shows(sent, "👍")
    (event,) = [event for event in delivered.received if isinstance(event, ReplySent)]
    desk.report(event.reply_id, "failed", "the mailbox is full")
    asked = await one.told(sent)
    desk.report(event.reply_id, "delivered")
    await one.shows(sent, "👍")
    await until(lambda: is_deleted(anna, asked), equals=True)  # it is not so any more
    await until(lambda: redis.zcard("onduty:replies-failed"), equals=0)
    desk.report(event.reply_id, "failed")
    await one.shows(sent, "😢")
    told = await anna.wait_for(f"{FAILED}the web chat does not say why.")
    assert told.reply_to == sent


async def test_a_report_that_cannot_be_read_stops_no_other(
    anna: Phone, at: At, delivered: ChatBackend, redis: Redis, redis_url: str
) -> None:
    """Whatever another program has written there."""
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Hello")
    await one.shows(sent, "👍")
    (event,) = [event for event in delivered.received if isinstance(event, ReplySent)]
    await redis.rpush(REPORTS, "no json", "{}", '["r"]', "[1, 2]")
    SupportDesk(redis_url).report(event.reply_id, "read")
    await one.shows(sent, "👌")
    await redis.rpush(REPORTS, json.dumps([event.reply_id, "failed", "é" * 5_000]))
    await one.shows(sent, "😢")
    assert "éé" in (await one.told(sent)).text


async def test_a_reason_from_outside_is_no_command(
    anna: Phone, at: At, delivered: ChatBackend, redis_url: str
) -> None:
    """A tap on a /off that a mail server quoted would take its author off duty."""
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Hello")
    await one.shows(sent, "👍")
    (event,) = [event for event in delivered.received if isinstance(event, ReplySent)]
    SupportDesk(redis_url).report(event.reply_id, "failed", "they said:\n/off \u202e")
    asked = await one.told(sent)
    assert asked.text == f"{FAILED}they said: /\u2060off"


async def test_a_change_that_was_refused_stays_so_when_the_words_before_are_read(
    anna: Phone, at: At, delivered: ChatBackend, redis: Redis, redis_url: str
) -> None:
    """The customer reads what the operator has corrected: that is not hidden by it."""
    delivered.answers = lambda event: 422 if event.type == "reply.edited" else 200
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Helo")
    await one.shows(sent, "👍")
    await anna.edit(sent, "Hello")
    await one.shows(sent, "😢")
    asked = await one.told(sent)
    assert asked.text.startswith("😢 The change did not reach the customer: the web chat did not")
    for status in ("failed", "delivered", "read"):
        SupportDesk(redis_url).report(ids(delivered).pop(), status)
    await until(lambda: redis.llen(REPORTS), equals=0)
    assert await redis.hget(f"onduty:reply:101:{sent}", "state") == "failed"
    delivered.answers = lambda _: 200
    await anna.tap(asked.message_id, "Try again")
    await one.shows(sent, "👍")
    assert told(delivered) == [("reply.sent", "Helo"), ("reply.edited", "Hello")]


async def test_what_was_sent_again_and_refused_stays_so_when_the_words_before_are_read(
    anna: Phone, at: At, delivered: ChatBackend, redis: Redis, redis_url: str
) -> None:
    """Reported as failed, edited, and sent as a new answer, which the backend does not take."""

    def answer(event: Event) -> int:
        return 422 if isinstance(event, ReplySent) and event.text == "Hello" else 200

    delivered.answers = answer
    one, backend = await at(anna), SupportDesk(redis_url)
    one.write("Alice")
    sent = await one.reply("Alice", "Helo")
    await one.shows(sent, "👍")
    (reply_id,) = ids(delivered)
    backend.report(reply_id, "failed", "the mailbox is full")
    await one.shows(sent, "😢")
    await anna.edit(sent, "Hello")
    state = ("text", "state", "kind")
    refused = ["Hello", "failed", "reply.sent"]
    await until(lambda: redis.hmget(f"onduty:reply:101:{sent}", state), equals=refused)
    for status in ("failed", "delivered", "read"):
        backend.report(reply_id, status)
    await until(lambda: redis.llen(REPORTS), equals=0)
    assert await redis.hmget(f"onduty:reply:101:{sent}", state) == refused
    await anna.edit(sent, "Hello!")
    await one.shows(sent, "👍")
    backend.report(reply_id, "read")  # of these words
    await one.shows(sent, "👌")
