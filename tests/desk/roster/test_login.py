"""The scripts behind signing in: raced, and run twice."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from onduty_desk.model.bot_keys import decided_key, lock_key, login_key, wrong_tries_key
from onduty_desk.model.keys import OperatorId
from onduty_desk.model.roster_keys import operator_key
from onduty_desk.roster.logins import Asked, Locked, Login, NotAsked, OnDuty, Right, Wrong
from onduty_desk.roster.operators import Roster, SignedOut, SignIn

ANNA = OperatorId(101)
MoveClock = Callable[[timedelta], Awaitable[None]]


@pytest.fixture
def login(redis: Redis) -> Login:
    return Login(redis)


async def come_on(redis: Redis, update_id: int) -> SignIn:
    return await Roster(redis).sign_in(
        ANNA, name="Anna", language="en", group="support", fingerprint="f", update_id=update_id
    )


async def test_the_phrase_is_right_only_after_on(login: Login) -> None:
    """The phrase alone does nothing; it answers a question."""
    assert await login.judge(ANNA, 1, is_phrase=True) == NotAsked()
    assert await login.begin(ANNA, 2) == Asked()
    assert await login.judge(ANNA, 3, is_phrase=True) == Right()


async def test_a_login_is_over_after_ten_minutes(login: Login, move_clock: MoveClock) -> None:
    """A phone left lying about does not stay half signed in."""
    await login.begin(ANNA, 1)
    await move_clock(timedelta(minutes=9, seconds=59))
    assert await login.judge(ANNA, 2, is_phrase=False) == Wrong(4)
    await move_clock(timedelta(minutes=10, seconds=1))
    assert await login.judge(ANNA, 3, is_phrase=True) == NotAsked()


async def test_five_wrong_tries_at_once_lock_once(login: Login) -> None:
    """However fast somebody guesses, they have five tries, and one lock is told of."""
    await login.begin(ANNA, 1)

    verdicts = await asyncio.gather(
        *(login.judge(ANNA, update, is_phrase=False) for update in range(2, 22))
    )

    kinds = Counter(type(verdict) for verdict in verdicts)
    assert kinds == {Wrong: 4, Locked: 16}
    assert sum(isinstance(v, Locked) and v.just_now for v in verdicts) == 1
    assert {v.left for v in verdicts if isinstance(v, Wrong)} == {1, 2, 3, 4}


async def test_the_same_update_counts_once(login: Login) -> None:
    """A message that is handled twice is one try, and is answered the same."""
    await login.begin(ANNA, 1)

    assert {await login.judge(ANNA, 2, is_phrase=False) for _ in range(10)} == {Wrong(4)}
    assert await login.judge(ANNA, 3, is_phrase=False) == Wrong(3)


async def test_beginning_anew_buys_no_tries(login: Login) -> None:
    """Sending /on again does not start the count again."""
    for update in range(1, 8, 2):
        await login.begin(ANNA, update)
        await login.judge(ANNA, update + 1, is_phrase=False)
    await login.begin(ANNA, 9)

    assert isinstance(await login.judge(ANNA, 10, is_phrase=False), Locked)


async def test_a_lock_holds_for_fifteen_minutes_even_against_the_right_phrase(
    login: Login, move_clock: MoveClock
) -> None:
    """Somebody who guesses gains nothing by going on."""
    await login.begin(ANNA, 1)
    for update in range(2, 7):
        await login.judge(ANNA, update, is_phrase=False)

    begun = await login.begin(ANNA, 7)
    judged = await login.judge(ANNA, 8, is_phrase=True)
    assert isinstance(begun, Locked)
    assert isinstance(judged, Locked)
    assert not judged.just_now
    assert timedelta(minutes=14) < judged.left <= timedelta(minutes=15)

    await move_clock(timedelta(minutes=15, seconds=1))
    assert await login.begin(ANNA, 9) == Asked()
    assert await login.judge(ANNA, 10, is_phrase=False) == Wrong(4)
    assert await login.judge(ANNA, 11, is_phrase=True) == Right()


async def test_a_lock_is_for_one_account(login: Login) -> None:
    """Nobody can lock a colleague out."""
    await login.begin(ANNA, 1)
    for update in range(2, 7):
        await login.judge(ANNA, update, is_phrase=False)

    assert await login.begin(OperatorId(102), 7) == Asked()


async def test_a_repeated_on_is_answered_as_the_first_time(login: Login, redis: Redis) -> None:
    """A bot killed while it answers answers the same when it is back."""
    assert await login.begin(ANNA, 1) == Asked()
    assert await login.judge(ANNA, 2, is_phrase=True) == Right()
    assert await come_on(redis, 2) is SignIn.NEW

    assert await login.begin(ANNA, 1) == Asked()
    assert await login.judge(ANNA, 2, is_phrase=True) == Right()
    assert await come_on(redis, 2) is SignIn.REPEATED
    assert await login.begin(ANNA, 3) == OnDuty(("support",))


async def test_off_twice_by_one_update_is_one_off(redis: Redis) -> None:
    """Handled twice, /off tells twice that it worked."""
    await come_on(redis, 1)
    roster = Roster(redis)

    first = await roster.sign_out(ANNA, update_id=2)
    await come_on(redis, 3)
    again = await roster.sign_out(ANNA, update_id=2)

    assert first == again
    assert first is not None
    assert await roster.find(ANNA) is not None
    assert await roster.sign_out(OperatorId(102), update_id=4) is None
    assert await roster.sign_out(OperatorId(102), update_id=4) is None


async def test_only_who_was_signed_out_by_a_changed_phrase_is_not_yet_notified(
    redis: Redis,
) -> None:
    """Whoever said /off knows it."""
    roster = Roster(redis)
    await come_on(redis, 1)
    assert await roster.sign_out(ANNA, update_id=2)
    await come_on(redis, 3)
    assert await roster.sign_out(ANNA, "removed")
    assert await roster.not_yet_notified() == []

    await come_on(redis, 4)
    assert await roster.sign_out(ANNA, "phrase", fingerprint="f")
    assert await roster.not_yet_notified() == [SignedOut(ANNA, "en", None)]
    await roster.mark_notified(SignedOut(ANNA, "en", None))
    assert await roster.not_yet_notified() == []


async def test_two_sign_ins_at_once_are_one(redis: Redis) -> None:
    """Two phones of one account sign in at the same moment: one of them did it."""
    came = await asyncio.gather(*(come_on(redis, update) for update in range(1, 11)))

    assert Counter(came) == {SignIn.NEW: 1, SignIn.ALREADY: 9}


async def test_everything_about_a_login_expires(login: Login, redis: Redis) -> None:
    """Somebody who once guessed leaves nothing behind in Redis."""
    await login.begin(ANNA, 1)
    await login.judge(ANNA, 2, is_phrase=False)
    assert 0 < await redis.pttl(login_key(ANNA)) <= 600_000
    assert 0 < await redis.pttl(wrong_tries_key(ANNA)) <= 900_000
    assert 0 < await redis.ttl(decided_key(2)) <= 86_400
    for update in range(3, 7):
        await login.judge(ANNA, update, is_phrase=False)
    assert 0 < await redis.pttl(lock_key(ANNA)) <= 900_000
    assert not await redis.exists(login_key(ANNA), wrong_tries_key(ANNA))


async def test_an_operator_whose_key_somebody_overwrote_is_told_of(redis: Redis) -> None:
    """They are taken for off duty, and the log says what to do about it."""
    await redis.set(operator_key(ANNA), "somebody else's")
    with capture_logs() as logs:
        assert await Roster(redis).find_readable(ANNA) is None
    (told,) = logs
    assert told["event"] == "operator.unreadable"
    assert operator_key(ANNA) in told["next_step"]
