"""ONDUTY_SEND_AFTER: an answer is sent when its time has come, once, as it reads then."""

import asyncio
import json

import pytest
from redis.asyncio import Redis

from desk.replies.conftest import Answer
from desk.replies.delays import DELAY, DELAYED, OVER, change, happened, left
from desk_at_work.fixtures import MoveClock
from onduty_desk.conversations.rules import Rules
from onduty_desk.model.event_keys import EVENTS_WANTED
from onduty_desk.model.keys import ChatId
from onduty_desk.replies.delaying import DelayedReplies
from onduty_dispatcher.wake_ups.clock import Clock

CLAIMED = "conversation.claimed"


@pytest.fixture
def rules() -> Rules:
    return DELAYED


@pytest.fixture
def delayed(redis: Redis) -> DelayedReplies:
    return DelayedReplies(redis)


async def test_it_is_sent_when_its_time_has_come(
    answer: Answer, redis: Redis, delayed: DelayedReplies, move_clock: MoveClock
) -> None:
    """Until then the backend, the history and the message know nothing of it."""
    outcome = await answer()
    assert (outcome.result, outcome.sent_in_s) == ("delayed", 10)
    assert outcome.waited_s is not None
    next_in, count, _ = await delayed.send_due()
    assert next_in is not None
    assert (DELAY / 2 < next_in <= DELAY, count) == (True, 0)
    assert await happened(redis) == [CLAIMED]
    assert await redis.hget("onduty:reply:1:20", "state") == "delayed"
    assert await redis.zcard("onduty:reactions") == 0
    assert "Hello" not in str(await redis.lrange("onduty:public:history:c1", 1, -1))
    await move_clock(OVER)
    assert await delayed.send_due() == (None, 1, [])
    assert await happened(redis) == [CLAIMED, "Hello"]
    assert await redis.hget("onduty:reply:1:20", "state") == "sending"
    assert await redis.zrange("onduty:reactions", 0, -1) == ["1:20"]
    assert await left(redis) == []
    await delayed.send_due()
    assert await happened(redis) == [CLAIMED, "Hello"]


async def test_the_customer_counts_as_answered_at_once(answer: Answer, redis: Redis) -> None:
    """The operator has done their part: nobody asks them whether they are still answering."""
    await answer()
    assert await redis.hget("onduty:conversation:c1", "answered") == "1"
    assert await redis.hget("onduty:conversation:c1", "nudge_at_ms") is None


async def test_of_many_dispatchers_one_sends_it(
    answer: Answer, redis: Redis, move_clock: MoveClock
) -> None:
    """They look at the same moment, again and again."""
    await answer("One", message=20)
    await answer("Two", message=21)
    await move_clock(OVER)
    await asyncio.gather(*(DelayedReplies(redis).send_due() for _ in range(10)))
    assert await happened(redis) == [CLAIMED, "One", "Two"]


async def test_the_same_update_twice_is_one_answer(
    answer: Answer, redis: Redis, delayed: DelayedReplies, move_clock: MoveClock
) -> None:
    """A killed bot gets it again, also when it is sent already."""
    first = await answer(update=1)
    assert await answer(update=1) == first
    await move_clock(OVER)
    await delayed.send_due()
    assert await answer(update=1) == first
    assert await happened(redis) == [CLAIMED, "Hello"]
    assert await left(redis) == []


async def test_an_edit_changes_what_will_be_sent(
    answer: Answer, redis: Redis, delayed: DelayedReplies, move_clock: MoveClock
) -> None:
    """The backend gets one answer, in the newest words, at the moment of the first."""
    await answer("Helo")
    assert await change(redis, "edit", text="Hello") == "held"
    assert await happened(redis) == [CLAIMED]
    await move_clock(OVER)
    await delayed.send_due()
    assert await change(redis, "edit", text="Hello!") == "changed"
    assert await happened(redis) == [CLAIMED, "Hello", "Hello!"]


async def test_what_is_taken_back_is_never_sent(
    answer: Answer, redis: Redis, delayed: DelayedReplies, move_clock: MoveClock
) -> None:
    """Taking it back twice, or changing it afterwards, is told as of any other."""
    await answer()
    assert await change(redis, "undo") == "held"
    assert await change(redis, "undo") == "deleted"
    assert await change(redis, "edit", text="But") == "deleted"
    await move_clock(OVER)
    assert await delayed.send_due() == (None, 0, [])
    assert await happened(redis) == [CLAIMED]
    assert await left(redis) == []


async def test_taken_back_at_the_moment_it_is_due(
    answer: Answer, redis: Redis, delayed: DelayedReplies, move_clock: MoveClock
) -> None:
    """Either it was never sent, or it was sent and is taken back; both happen."""
    seen = set()
    for message in range(20, 60):
        await answer("Hello", message=message)
        await move_clock((message - 19) * OVER)
        before = len(await happened(redis))
        undo = change(redis, "undo", message)
        both = [undo, delayed.send_due()] if message % 2 else [delayed.send_due(), undo]
        results = await asyncio.gather(*both)
        result = next(one for one in results if isinstance(one, str))
        new = (await happened(redis))[before:]
        expected = {"held": [], "taken_back": ["Hello", "reply.deleted"]}
        assert new == expected[result], result
        seen.add(result)
    assert seen == {"held", "taken_back"}


async def test_taken_back_the_customer_waits_as_before(
    answer: Answer, redis: Redis, move_clock: MoveClock
) -> None:
    """With the first answer undone their operator is asked after a while; not with the second."""
    await answer("One", message=20)
    await move_clock(DELAY / 5)
    await answer("Two", message=21)
    await change(redis, "undo", 20)
    assert await redis.hget("onduty:conversation:c1", "answered") == "1"
    await change(redis, "undo", 21)
    assert await redis.hget("onduty:conversation:c1", "answered") is None
    assert await redis.hget("onduty:conversation:c1", "nudge_at_ms") is not None
    await answer("Three", message=22)
    await answer("Four", message=23)
    await change(redis, "undo", 23)
    assert await redis.hget("onduty:conversation:c1", "answered") == "1"


async def test_a_later_one_never_overtakes(
    answer: Answer, redis: Redis, delayed: DelayedReplies, move_clock: MoveClock
) -> None:
    """Nor when the setting is changed meanwhile; a dozen at one moment stay in order."""
    texts = [f"Answer {n}" for n in range(8, 20)]
    for n, text in enumerate(texts):
        await answer(text, message=n + 2)
    at_once = Rules()
    # Its moment is that of the one before, and "1:100" comes before "1:21" in a sorted set.
    assert (await answer("Last", message=100, other=at_once)).result == "delayed"
    assert await happened(redis) == [CLAIMED]
    await move_clock(OVER)
    await delayed.send_due()
    assert await happened(redis) == [CLAIMED, *texts, "Last"]
    assert (await answer("At once", message=31, other=at_once)).result == "sent"
    assert (await happened(redis))[-1] == "At once"
    assert await left(redis) == []


async def test_each_has_its_own_moment(
    answer: Answer, redis: Redis, delayed: DelayedReplies, move_clock: MoveClock
) -> None:
    """The one behind is not sent with the first."""
    await answer("One", message=20)
    await move_clock(DELAY / 2)
    await answer("Two", message=21)
    await move_clock(OVER)
    await delayed.send_due()
    assert await happened(redis) == [CLAIMED, "One"]
    assert await left(redis) == ["1:21"]
    await move_clock(DELAY / 2 + OVER)
    await delayed.send_due()
    assert await happened(redis) == [CLAIMED, "One", "Two"]


async def test_one_that_has_expired_holds_up_none(
    answer: Answer, redis: Redis, delayed: DelayedReplies, move_clock: MoveClock
) -> None:
    """What is left of it goes when its turn comes."""
    for n, text in enumerate(("One", "Two", "Three")):
        await answer(text, message=20 + n)
    await redis.delete("onduty:reply:1:20", "onduty:reply:1:22")
    await move_clock(OVER)
    _, count, broken = await delayed.send_due()
    assert (count, broken) == (3, [])
    assert await happened(redis) == [CLAIMED, "Two"]
    assert await redis.zcard("onduty:replies-delayed") == 0


async def test_one_that_is_due_is_not_overtaken_either(
    answer: Answer, redis: Redis, move_clock: MoveClock
) -> None:
    """No dispatcher has looked yet when another bot, without the setting, takes the next."""
    await answer("One", message=20)
    await move_clock(OVER)
    assert (await answer("Two", message=21, other=Rules())).result == "sent"
    assert await happened(redis) == [CLAIMED, "One", "Two"]


async def test_without_anybody_who_delivers_events_it_stays(
    answer: Answer, redis: Redis, delayed: DelayedReplies, move_clock: MoveClock
) -> None:
    """It is tried again, in order, and can still be taken back."""
    for n, text in enumerate(("One", "Two", "Three")):
        await answer(text, message=20 + n)
    retention = str(await redis.getdel(EVENTS_WANTED))
    await move_clock(OVER)
    next_in, count, _ = await delayed.send_due()
    assert (next_in is not None and next_in > DELAY / 10, count) == (True, 3)
    assert await happened(redis) == [CLAIMED]
    assert await change(redis, "undo", 21) == "held"
    await redis.set(EVENTS_WANTED, retention)
    await move_clock(OVER * 2)
    await delayed.send_due()
    assert await happened(redis) == [CLAIMED, "One", "Three"]


async def test_a_clock_set_back_does_not_delay_it(
    answer: Answer, redis: Redis, delayed: DelayedReplies, move_clock: MoveClock
) -> None:
    """It is sent as soon as it would have been, and what is written then behind it."""
    clock = Clock(redis)
    await clock.look()
    await answer("One", message=20)
    await move_clock(OVER * -300)
    await clock.look()
    await answer("Two", message=21)
    await move_clock(OVER * -299)
    await delayed.send_due()
    assert await happened(redis) == [CLAIMED, "One", "Two"]


async def test_one_that_breaks_is_put_off_and_holds_up_no_other(
    answer: Answer, redis: Redis, delayed: DelayedReplies, move_clock: MoveClock
) -> None:
    """Its error is for the log."""
    await redis.set("onduty:reply:9:9", "of a wrong type")
    await redis.zadd("onduty:replies-delayed", {"9:9": 1})
    await answer()
    await move_clock(OVER)
    next_in, count, broken = await delayed.send_due()
    assert (next_in is not None, count, len(broken)) == (True, 2, 1)
    assert await happened(redis) == [CLAIMED, "Hello"]


async def test_at_once_as_before(answer: Answer, redis: Redis) -> None:
    """0, the default: nothing is kept of a delay."""
    outcome = await answer(other=Rules())
    assert (outcome.result, outcome.sent_in_s) == ("sent", None)
    assert await happened(redis) == [CLAIMED, "Hello"]
    assert await left(redis) == []


async def test_what_says_so_is_removed_by_whoever_comes_last(
    answer: Answer, redis: Redis, delayed: DelayedReplies, move_clock: MoveClock
) -> None:
    """When the answer is sent, also if that was before it was written down; of two the older."""
    assert await _removed(redis) == []
    await answer()
    assert await delayed.find_unsaid(ChatId(1), 20) == "Hello"
    assert await delayed.keep_notice(ChatId(1), 20, 30)
    assert await delayed.find_unsaid(ChatId(1), 20) is None
    assert await delayed.keep_notice(ChatId(1), 20, 31)
    assert await _removed(redis) == [30]
    await move_clock(OVER)
    await delayed.send_due()
    assert await _removed(redis) == [30, 31]
    assert await delayed.find_unsaid(ChatId(1), 20) is None
    assert await delayed.keep_notice(ChatId(1), 20, 32)
    assert await _removed(redis) == [30, 31, 32]
    assert not await delayed.keep_notice(ChatId(1), 99, 33)


async def _removed(redis: Redis) -> list[int]:
    """Return the messages that dispatchers are to delete on the phone."""
    copy = await redis.hget("onduty:copies:c1", "1")
    return list(json.loads(copy).get("remove", [])) if copy else []
