"""Redis's clock is set back, or forward: that costs seconds, not as long as it went."""

from datetime import timedelta

from redis.asyncio import Redis
from structlog.testing import capture_logs

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, MoveClock, Push
from onduty_desk.lua.calling import script
from onduty_desk.model.bot_keys import UPDATE_CHATS, UPDATE_CHATS_FIRST
from onduty_desk.model.event_keys import EVENTS_DUE
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.model.pace_keys import PACE_PAUSE, pace_refused_key
from onduty_desk.model.roster_keys import known_key
from onduty_dispatcher.wake_ups.clock import Clock

BACK = timedelta(seconds=-300)


async def test_a_clock_set_back_holds_up_no_card(
    at_work: Desk, redis: Redis, come_on: ComeOn, push: Push, move_clock: MoveClock
) -> None:
    """25 customers' cards are on their way to a phone: all of them arrive."""
    clock = Clock(redis)
    await come_on(1)
    await clock.look()
    for n in range(25):
        push(f"Customer {n}", conversation=f"c{n}")
    await at_work.jobs.route()
    await move_clock(BACK)
    with capture_logs() as logs:
        await clock.look()
    [told] = [log for log in logs if log["event"] == "redis.clock_set_back"]
    assert 298 < told["by_s"] < 302
    await at_work.quiet()
    shown = [message.text for message in await at_work.cards(1)]
    assert len(shown) == 25


async def test_what_was_written_by_the_old_clock_is_brought_down(
    redis: Redis, move_clock: MoveClock
) -> None:
    """Phones, updates, events and leases come as soon as they would have; once is enough."""
    clock = Clock(redis)
    await clock.look()
    seconds, _ = await redis.time()
    in_ten = (seconds + 10) * 1000
    for key in ("onduty:timetable:urgent", UPDATE_CHATS, UPDATE_CHATS_FIRST, EVENTS_DUE):
        await redis.zadd(key, {"7": in_ten, "8": 5})
    await redis.hset("onduty:chat:7", mapping={"next_at_ms": in_ten, "lease_until_ms": in_ten})
    await move_clock(BACK)
    await clock.look()
    await clock.look()
    about = (seconds + 10 - 300) * 1000
    found = [
        await redis.zscore(key, "7")
        for key in ("onduty:timetable:urgent", UPDATE_CHATS, UPDATE_CHATS_FIRST, EVENTS_DUE)
    ]
    found += [float(at or 0) for at in await redis.hmget("onduty:chat:7", ["next_at_ms"])]
    assert all(at is not None and abs(at - about) < 3_000 for at in found)
    assert await redis.zscore(EVENTS_DUE, "8") == 5


async def test_a_pause_stays_as_long_as_telegram_said(redis: Redis, move_clock: MoveClock) -> None:
    """Of one chat, and of all."""
    await Clock(redis).look()
    for chat in (1, 2, 3):
        await redis.set(known_key(OperatorId(chat)), "1")
        await script(redis, "telegram/pause_after_429")(args=[chat, 20_000_000])
    await redis.zadd("onduty:timetable:urgent", {"1": 5})
    await move_clock(BACK)
    await Clock(redis).look()
    seconds, _ = await redis.time()
    in_twenty = (seconds + 20) * 1_000_000 + BACK // timedelta(microseconds=1)
    for key in (PACE_PAUSE, pace_refused_key(ChatId(1))):
        assert abs(int(await redis.get(key) or 0) - in_twenty) < 5_000_000


async def test_a_key_of_a_wrong_type_keeps_nobody_elses_moments(
    redis: Redis, move_clock: MoveClock
) -> None:
    """The others are brought down all the same."""
    clock = Clock(redis)
    await clock.look()
    seconds, _ = await redis.time()
    await redis.set(UPDATE_CHATS, "somebody else's")
    await redis.zadd(EVENTS_DUE, {"c1": (seconds + 10) * 1000})
    await move_clock(BACK)
    await clock.look()
    assert (await redis.zscore(EVENTS_DUE, "c1") or 0) < seconds * 1000


async def test_a_clock_set_forward_holds_up_nothing(
    alice_writes: AliceWrites, redis: Redis, push: Push, move_clock: MoveClock
) -> None:
    """What waits comes early at most."""
    desk = await alice_writes(1)
    await Clock(redis).look()
    await move_clock(-BACK)
    await Clock(redis).look()
    push("Anybody there?", conversation="c2")
    await desk.jobs.route()
    await desk.quiet()
    assert len(await desk.cards(1)) == 2


async def test_one_dispatcher_a_second_looks_for_all(redis: Redis, move_clock: MoveClock) -> None:
    """Whoever asks first; also when the clock was set back, and nobody waits for one that ended."""
    clocks = [Clock(redis) for _ in range(4)]
    fives = 0
    for moved in (0, 1, 2, 3, 4, 5, 62, -238, -237):
        await move_clock(timedelta(seconds=moved))
        first, *others = [await clock.look() for clock in clocks]
        assert (bool(first), others) == (True, ["", "", ""])
        fives += first == "five"
        clocks.append(clocks.pop(0))
    assert 4 <= fives <= 6  # at first, within the first five, and at each leap
