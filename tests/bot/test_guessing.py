"""Whoever guesses at signing in gets few tries, and a crowd that guesses locks nobody else out."""

from datetime import timedelta

from redis.asyncio import Redis

from bot.guessers import Guessers
from desk_at_work.fixtures import MoveClock
from onduty_desk.model.bot_keys import GUESSING
from onduty_desk.model.keys import OperatorId
from onduty_desk.model.roster_keys import known_key
from onduty_desk.roster.logins import Locked, NotNow, Right, Wrong


async def test_of_a_crowd_that_guesses_few_tries_are_compared(
    guessers: Guessers, redis: Redis, move_clock: MoveClock
) -> None:
    """200 accounts, ten minutes: 30 tries, then 10 a minute; a known operator signs in."""
    tries, compared = 0, 0
    await redis.set(known_key(OperatorId(7)), "1")
    for minute in range(10):
        await move_clock(timedelta(minutes=minute, seconds=1))
        for account in range(1_000, 1_200):
            verdict = await guessers.try_once(account)
            tries += 1
            is_locked_before = isinstance(verdict, Locked) and not verdict.just_now
            compared += not (is_locked_before or isinstance(verdict, NotNow))
        assert await guessers.try_once(7, is_phrase=True) == Right()

    print(f"{compared} of {tries} tries were compared")  # noqa: T201 - a number to read
    assert 30 < compared <= 30 + 10 * 10


async def test_beyond_that_right_and_wrong_are_told_the_same(guessers: Guessers) -> None:
    """The answer does not depend on the phrase."""
    for account in range(1_000, 1_040):
        await guessers.try_once(account)

    told = [await guessers.try_once(2_000 + n, is_phrase=bool(n % 2)) for n in range(10)]
    assert told == [NotNow()] * 10


async def test_admins_are_told_how_many_tries_were_not_compared(
    guessers: Guessers, redis: Redis
) -> None:
    """Each of them counts once."""
    for account in range(1_000, 1_040):
        await guessers.try_once(account)
    for account in range(2_000, 2_007):
        assert await guessers.try_once(account) == NotNow()
    assert await redis.hget(GUESSING, "not_compared") == "7"


async def test_a_try_that_was_not_compared_costs_nothing(
    guessers: Guessers, move_clock: MoveClock
) -> None:
    """A newcomer who comes in the middle of it signs in when it is over."""
    for account in range(1_000, 1_040):
        await guessers.try_once(account)
    for _ in range(6):
        assert await guessers.try_once(7) == NotNow()

    await move_clock(timedelta(minutes=10, seconds=1))
    assert await guessers.try_once(7, is_phrase=True) == Right()


async def test_a_new_team_on_its_first_morning_is_not_slowed(guessers: Guessers) -> None:
    """A hundred people whom the desk has never seen sign in within a minute."""
    told = [await guessers.try_once(account, is_phrase=True) for account in range(100)]

    assert told == [Right()] * 100


async def test_a_known_operator_who_guesses_is_locked_alone(
    guessers: Guessers, redis: Redis
) -> None:
    """Who was an operator has five tries like anybody, and costs nobody else one."""
    for account in range(8):
        await redis.set(known_key(OperatorId(account)), "1")
        for _ in range(4):
            assert isinstance(await guessers.try_once(account), Wrong)
        assert isinstance(await guessers.try_once(account), Locked)

    assert isinstance(await guessers.try_once(1_000), Wrong)


async def test_guessing_leaves_nothing_without_an_end(guessers: Guessers, redis: Redis) -> None:
    """Whatever a crowd does, Redis forgets it."""
    for account in range(1_000, 1_060):
        for _ in range(5):
            await guessers.try_once(account)

    keys = [key async for key in redis.scan_iter(match="onduty:*")]
    assert keys
    assert [key for key in keys if await redis.ttl(key) < 0] == []
