"""A customer is writing: their owner sees it, at most each four seconds, or not at all."""

from datetime import timedelta

from redis.asyncio import Redis

from desk_at_work.fixtures import AliceWrites, MoveClock, Push
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.replies.typing import Shown, Typing
from onduty_desk.roster.operators import Roster

ANNA = Shown(ChatId(1), ChatId(1))


async def test_it_is_for_who_owns_it_and_is_on_duty(
    alice_writes: AliceWrites, redis: Redis, roster: Roster
) -> None:
    """Of what waits, is closed, or is not known, it is dropped."""
    desk, typing = await alice_writes(1, 2), Typing(redis, per_second=100)
    assert await typing.take("c1") is None
    assert await typing.take("c2") is None
    await desk.tap(1, Verb.CLAIM)
    assert await typing.take("c1") == ANNA
    await redis.delete("onduty:pace:typing-chat:1")
    await desk.tap(1, Verb.CLOSE)
    assert await typing.take("c1") is None
    await desk.tap(1, Verb.REOPEN)
    assert await typing.take("c1") == ANNA
    await redis.delete("onduty:pace:typing-chat:1")
    await roster.sign_out(OperatorId(1))
    assert await typing.take("c1") is None


async def test_a_phone_shows_it_at_most_each_four_seconds(
    alice_writes: AliceWrites, redis: Redis, move_clock: MoveClock
) -> None:
    """Whoever of its customers it is, and whichever process heard it."""
    desk, typing = await alice_writes(1), Typing(redis, per_second=100)
    await desk.tap(1, Verb.CLAIM)
    found = [await typing.take("c1") for _ in range(5)]
    assert found == [ANNA, None, None, None, None]
    await move_clock(timedelta(seconds=4.1))
    assert await Typing(redis, per_second=100).take("c1") == ANNA


async def test_it_has_a_budget_of_its_own(
    redis: Redis, push: Push, alice_writes: AliceWrites, move_clock: MoveClock
) -> None:
    """What is beyond it is dropped, and no send waits for it."""
    desk, typing = await alice_writes(1, 2, 3), Typing(redis, per_second=0.01)
    for operator in (1, 2, 3):
        push("Hello", conversation=f"o{operator}")
        await desk.jobs.route()
        await desk.quiet()
        await redis.hset(
            f"onduty:conversation:o{operator}", mapping={"state": "claimed", "owner": operator}
        )
    shown = [await typing.take(f"o{operator}") for operator in (1, 2, 3)]
    assert [one is not None for one in shown] == [True, False, False]
    await move_clock(timedelta(minutes=5))
    assert await typing.take("o2") == Shown(ChatId(2), ChatId(2))


async def test_a_pause_that_telegram_asked_for_is_kept(
    alice_writes: AliceWrites, redis: Redis, move_clock: MoveClock
) -> None:
    """That phone shows nothing until then."""
    desk, typing = await alice_writes(1), Typing(redis, per_second=100)
    await desk.tap(1, Verb.CLAIM)
    assert await typing.take("c1") == ANNA
    await typing.hold(ANNA, timedelta(seconds=30))
    await move_clock(timedelta(seconds=10))
    assert await typing.take("c1") is None
    await move_clock(timedelta(seconds=31))
    assert await typing.take("c1") == ANNA


async def test_while_telegram_is_away_it_is_dropped(
    alice_writes: AliceWrites, redis: Redis
) -> None:
    """It would not be true any more."""
    desk, typing = await alice_writes(1), Typing(redis, per_second=100)
    await desk.tap(1, Verb.CLAIM)
    await redis.hset("onduty:telegram", "away_since_ms", "1")
    assert await typing.take("c1") is None
