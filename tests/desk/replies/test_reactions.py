"""Which reaction is set, when, and by whom."""

from datetime import timedelta

from redis.asyncio import Redis

from desk.replies.conftest import Answer
from desk_at_work.event_delivering import take_one
from desk_at_work.fixtures import MoveClock
from onduty_desk.events.queue import EventQueue
from onduty_desk.model.keys import REACTIONS, ChatId, OperatorId
from onduty_desk.replies.reacting import LEASE, Reaction, Reactions
from onduty_desk.replies.replying import Replies

SOON = timedelta(seconds=1)
LATE_S = 30


async def confirm(event_queue: EventQueue) -> None:
    """Let all that waits be confirmed."""
    while (found := (await event_queue.take(1))[0]) != []:
        await event_queue.settle(found[0], "confirmed")


async def take(reactions: Reactions) -> Reaction:
    (one,), _, _ = await reactions.take(10)
    return one


async def test_what_is_confirmed_at_once_is_never_on_its_way(
    answer: Answer, reactions: Reactions, event_queue: EventQueue
) -> None:
    """Only the newest is set."""
    await answer()
    assert (await reactions.take(10))[0] == []
    await confirm(event_queue)
    one = await take(reactions)
    assert (one.chat_id, one.message_id, one.emoji) == (ChatId(1), 20, "👍")
    await reactions.settle(one, "done")
    assert await reactions.take(10) == ([], None, [])


async def test_a_newer_one_waits_for_the_one_that_is_on_its_way(
    answer: Answer, reactions: Reactions, event_queue: EventQueue, move_clock: MoveClock
) -> None:
    """Telegram could get them in the other order."""
    await answer()
    await move_clock(SOON)
    first = await take(reactions)
    assert first.emoji == "👀"
    await confirm(event_queue)
    assert (await reactions.take(10))[0] == []
    await move_clock(SOON * 2)
    await reactions.settle(first, "done")
    assert (await take(reactions)).emoji == "👍"


async def test_of_a_killed_process_another_sets_the_newest(
    answer: Answer, reactions: Reactions, event_queue: EventQueue, move_clock: MoveClock
) -> None:
    """When its lease has ended; should it come back, what it has set is set right."""
    await answer()
    await move_clock(SOON)
    first = await take(reactions)
    await confirm(event_queue)
    await move_clock(SOON + LEASE)
    second = await take(reactions)
    assert second.emoji == "👍"
    await reactions.settle(second, "done")
    await move_clock(SOON * 3 + LEASE)
    await reactions.settle(first, "done")
    assert (await take(reactions)).emoji == "👍"


async def test_what_a_killed_process_may_have_set_is_set_anew(
    answer: Answer,
    reactions: Reactions,
    replies: Replies,
    event_queue: EventQueue,
    move_clock: MoveClock,
) -> None:
    """It showed 👍 before, and is to show it again: Telegram may have the 👀 in between."""
    await answer()
    await confirm(event_queue)
    await reactions.settle(await take(reactions), "done")
    author, chat = OperatorId(1), ChatId(1)
    changed = await replies.change("edit", author, chat, 20, update_id=900, text="Hi", html="Hi")
    assert changed == "changed"
    await move_clock(SOON)
    assert (await take(reactions)).emoji == "👀"
    await confirm(event_queue)
    await move_clock(SOON * 2 + LEASE)
    assert (await take(reactions)).emoji == "👍"


async def test_after_one_that_telegram_may_take_late_the_newest_is_set_twice(
    answer: Answer, reactions: Reactions, event_queue: EventQueue, move_clock: MoveClock
) -> None:
    """The second comes behind whatever was on its way; then it is at rest."""
    await answer()
    await move_clock(SOON)
    await reactions.settle(await take(reactions), "unknown", SOON)
    await confirm(event_queue)
    await move_clock(SOON * 3)
    await reactions.settle(await take(reactions), "done")
    _, pause, _ = await reactions.take(10)
    assert pause is not None
    assert round(pause.total_seconds()) == LATE_S
    await move_clock(SOON * 4 + timedelta(seconds=LATE_S))
    again = await take(reactions)
    assert again.emoji == "👍"
    await reactions.settle(again, "done")
    assert await reactions.take(10) == ([], None, [])


async def test_one_that_cannot_be_set_is_not_tried_for_ever(
    answer: Answer, reactions: Reactions, redis: Redis, move_clock: MoveClock
) -> None:
    """The message is gone; one that was not taken comes again after its pause."""
    await answer()
    await move_clock(SOON)
    await reactions.settle(await take(reactions), "again", timedelta(seconds=5))
    assert (await reactions.take(10))[0] == []
    await move_clock(SOON * 7)
    await reactions.settle(await take(reactions), "gone")
    assert await redis.zcard(REACTIONS) == 0


async def test_a_429_is_of_the_whole_chat(
    answer: Answer, reactions: Reactions, event_queue: EventQueue, move_clock: MoveClock
) -> None:
    """No other answer there is tried before; each comes when it may."""
    await answer(message=20)
    await answer(message=21)
    await confirm(event_queue)
    await reactions.settle(await take(reactions), "later", timedelta(seconds=20))
    await move_clock(timedelta(seconds=15))
    assert (await reactions.take(10))[0] == []
    for seconds in (21, 22):
        await move_clock(timedelta(seconds=seconds))
        await reactions.settle(await take(reactions), "done")
    assert await reactions.take(10) == ([], None, [])


async def test_what_telegram_never_takes_is_given_up(
    answer: Answer, reactions: Reactions, event_queue: EventQueue, move_clock: MoveClock
) -> None:
    """After many tries at growing pauses; a newer state is tried again."""
    await answer()
    pauses, clock, given_up = [], timedelta(0), False
    for _ in range(20):
        clock += timedelta(minutes=11)
        await move_clock(clock)
        given_up = await reactions.settle(await take(reactions), "again", SOON)
        _, pause, _ = await reactions.take(10)
        pauses.append(pause and round(pause.total_seconds()))  # the clock also goes by itself
    assert given_up
    assert pauses[:3] == [1, 2, 4]
    assert pauses[-2:] == [600, None]
    await confirm(event_queue)
    await move_clock(clock + SOON)
    assert (await take(reactions)).emoji == "👍"


async def test_one_that_cannot_be_read_stops_no_other(
    answer: Answer, reactions: Reactions, redis: Redis, event_queue: EventQueue
) -> None:
    """Another program has written into its key."""
    await answer()
    await confirm(event_queue)
    await redis.set("onduty:reply:2:5", "no hash")
    await redis.zadd(REACTIONS, {"2:5": 0})
    (one,), _, (error,) = await reactions.take(10)
    assert one.emoji == "👍"
    assert "WRONGTYPE" in str(error)


async def test_their_budget_is_their_own(
    answer: Answer, redis: Redis, event_queue: EventQueue, move_clock: MoveClock
) -> None:
    """Two a second here, after a burst of two; no card's slot is touched."""
    slow = Reactions(redis, per_second=2)
    for number in range(6):
        await answer(message=20 + number)
    await confirm(event_queue)
    set_at = []
    for quarter in range(12):
        await move_clock(timedelta(milliseconds=300 * quarter))
        set_at += [quarter for _ in (await slow.take(10))[0]]
    assert len(set_at) == 6
    assert set_at[:2] == [0, 1]
    assert set_at[-1] >= 5
    assert await redis.keys("onduty:pace:slot") == []


async def test_two_of_one_chat_are_not_set_at_the_same_moment(
    answer: Answer, reactions: Reactions, event_queue: EventQueue
) -> None:
    """Telegram has limits for each chat."""
    await answer(message=20)
    await answer(message=21)
    await confirm(event_queue)
    assert len((await reactions.take(10))[0]) == 1


async def test_while_telegram_is_away_none_is_taken(
    answer: Answer, reactions: Reactions, redis: Redis, event_queue: EventQueue
) -> None:
    """It is set when the desk goes on."""
    await answer()
    await confirm(event_queue)
    await redis.hset("onduty:telegram", "away_since_ms", "1")
    assert (await reactions.take(10))[0] == []
    await redis.delete("onduty:telegram")
    assert (await take(reactions)).emoji == "👍"


async def test_of_an_answer_that_has_expired_nothing_is_left(
    answer: Answer, reactions: Reactions, redis: Redis, replies: Replies
) -> None:
    """Neither a reaction nor a word."""
    await answer()
    await redis.delete("onduty:reply:1:20")
    await redis.zadd(REACTIONS, {"1:20": 0})
    await redis.zadd("onduty:replies-failed", {"1:20": 0})
    assert await reactions.take(10) == ([], None, [])
    (failed,) = await replies.failed(5)
    assert failed.event_id == ""
    await replies.mark_told(failed)
    assert await replies.failed(5) == []


async def test_told_of_an_older_failure_they_are_told_of_the_newer(
    answer: Answer, replies: Replies, redis: Redis, event_queue: EventQueue
) -> None:
    """It failed anew while the word was on its way."""
    await answer()
    await event_queue.settle(await take_one(event_queue), "confirmed")
    await event_queue.settle(await take_one(event_queue), "refused", "HTTP 422")
    (failed,) = await replies.failed(5)
    await redis.hset("onduty:reply:1:20", "event", "another")
    await replies.mark_told(failed)
    assert [one.event_id for one in await replies.failed(5)] == ["another"]
