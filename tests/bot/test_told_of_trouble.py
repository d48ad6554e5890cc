"""Admins are told in Telegram of what cannot wait: once, with the command to type."""

import json

import pytest
from redis.asyncio import Redis

from bot.phones import Running, answers, ask, sign_in
from onduty_bot.administering import trouble
from onduty_desk.model.bot_keys import desk_trouble_key
from onduty_desk.model.event_keys import EVENTS_SINCE
from onduty_desk.model.keys import FAILED, FAILURES
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

EVENTS = (
    "⚠️ The chat backend has not confirmed what happened to 2 customers, for 11 min by now.\n\n"
    "Why: event.failed in the dispatchers' log. How much waits: onduty status"
)
FAILED_LIST = (
    "⚠️ Something was given up: 1 new entry in the failed list, 2 in all.\n\n"
    "What and why: onduty failed list"
)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trouble, "LOOK_EVERY_S", 0.05)


@pytest.fixture
async def vera(sandbox: Sandbox) -> Phone:
    phone = await sandbox.add_user(900, "Vera", language_code="en")
    await phone.start()
    return phone


async def minutes_ago(redis: Redis, minutes: float) -> int:
    return (await redis.time())[0] * 1000 - int(minutes * 60_000)


async def told(phone: Phone) -> list[str]:
    return [text for text in await answers(phone) if text.startswith("⚠️")]


async def looked(redis: Redis) -> None:
    """Wait until the bots have looked again."""
    stats = await redis.info("commandstats")
    before = stats["cmdstat_fcall"]["calls"]

    async def more() -> bool:
        stats = await redis.info("commandstats")
        return bool(stats["cmdstat_fcall"]["calls"] > before + 20)

    await until(more)


async def test_events_not_confirmed_for_ten_minutes_are_told_once(
    redis: Redis, vera: Phone, anna: Phone, running: Running
) -> None:
    """By one of two bots, to admins alone, and only of what is that old."""
    at = await minutes_ago(redis, 9)
    await redis.zadd(EVENTS_SINCE, {"c1": at})
    async with running(admin_ids="900"), running(admin_ids="900"):
        await ask(anna, "/start")
        await looked(redis)
        assert await told(vera) == []
        late = await minutes_ago(redis, 11.5)
        await redis.zadd(EVENTS_SINCE, {"c2": late, "c3": late})
        await until(lambda: told(vera), equals=[EVENTS])
        await redis.zadd(EVENTS_SINCE, {"c4": late})
        await looked(redis)
    async with running(admin_ids="900"):  # another process knows that it was told
        await looked(redis)
    assert await told(vera) == [EVENTS]
    assert await told(anna) == []


async def test_it_is_told_again_only_after_it_was_over(
    redis: Redis, vera: Phone, running: Running
) -> None:
    """A pause of less than ten minutes is none."""
    late = await minutes_ago(redis, 11.5)
    await redis.zadd(EVENTS_SINCE, {"c1": late, "c2": late})
    async with running(admin_ids="900"):
        await until(lambda: told(vera), equals=[EVENTS])
        assert 590_000 < await redis.pttl(desk_trouble_key("events")) <= 600_000
        await redis.delete(EVENTS_SINCE)
        await looked(redis)
        assert await redis.exists(desk_trouble_key("events"))
        await redis.zadd(EVENTS_SINCE, {"c1": late, "c2": late})
        await looked(redis)
        assert await told(vera) == [EVENTS]
        await redis.delete(EVENTS_SINCE)
        await redis.pexpire(desk_trouble_key("events"), 1)  # ten minutes pass
        await until(lambda: redis.exists(desk_trouble_key("events")), equals=0)
        await redis.zadd(EVENTS_SINCE, {"c1": late, "c2": late})
        await until(lambda: told(vera), equals=[EVENTS, EVENTS])


async def test_a_failed_list_that_grows_is_told_once(
    redis: Redis, vera: Phone, running: Running
) -> None:
    """What has been there for long is known; a new entry is not."""
    await fails(redis, "old", await minutes_ago(redis, 30))
    async with running(admin_ids="900"):
        await looked(redis)
        assert await told(vera) == []
        await fails(redis, "new", await minutes_ago(redis, 0))
        await until(lambda: told(vera), equals=[FAILED_LIST])
        await fails(redis, "newer", await minutes_ago(redis, 0))
        await looked(redis)
    assert await told(vera) == [FAILED_LIST]


async def test_telegram_away_puts_it_off(
    redis: Redis, sandbox: Sandbox, vera: Phone, running: Running
) -> None:
    """Each admin gets it, and none of them twice."""
    other = await sandbox.add_user(901, "Olga", language_code="ru")
    await other.start()
    await sandbox.fault("500", "sendMessage", chat_id=901)
    await fails(redis, "old", await minutes_ago(redis, 30))
    await fails(redis, "new", await minutes_ago(redis, 0))
    async with running(admin_ids="900,901"):
        await until(lambda: told(vera), equals=[FAILED_LIST])
        await until(lambda: some(other))
        await looked(redis)
    assert await told(vera) == [FAILED_LIST]
    assert len(await told(other)) == 1


async def test_what_is_over_before_it_could_be_told_is_not_told(
    redis: Redis, sandbox: Sandbox, vera: Phone, running: Running
) -> None:
    """Nobody is called to something that is mended."""
    await sandbox.fault("500", "sendMessage", chat_id=900, times=None)
    late = await minutes_ago(redis, 11.5)
    await redis.zadd(EVENTS_SINCE, {"c1": late})
    async with running(admin_ids="900"):
        await until(lambda: redis.exists(desk_trouble_key("events")), equals=1)
        await redis.delete(EVENTS_SINCE)
        await until(lambda: redis.exists(desk_trouble_key("events")), equals=0)
        await sandbox.clear_faults()
        await looked(redis)
    assert await told(vera) == []


async def test_an_admin_on_duty_reads_it_in_their_language(
    redis: Redis, sandbox: Sandbox, running: Running
) -> None:
    """Others get the desk's."""
    boris = await sandbox.add_user(102, "Борис", language_code="ru")
    async with running(admin_ids="102"):
        await sign_in(boris)
        await fails(redis, "new", await minutes_ago(redis, 0))
        await until(lambda: some(boris))
    [text] = await told(boris)
    assert text == (
        "⚠️ Не всё доставлено: 1 новая запись в списке неудач, всего 1.\n\n"
        "Что и почему: onduty failed list"
    )


async def test_without_admins_nobody_looks(redis: Redis, anna: Phone, running: Running) -> None:
    """And nothing is marked as told."""
    await fails(redis, "new", await minutes_ago(redis, 0))
    async with running():
        await ask(anna, "/start")
    assert not await redis.exists(desk_trouble_key("failed"))


async def some(phone: Phone) -> bool:
    return bool(await told(phone))


async def fails(redis: Redis, failure: str, at_ms: int) -> None:
    about = {"kind": "message", "reason": "a test", "at_ms": at_ms}
    await redis.hset(FAILURES, failure, json.dumps(about))
    await redis.zadd(FAILED, {failure: at_ms})
