"""From storing to handling: order, leases, and what happens to an update that cannot be handled."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import cast

import pytest
from redis.asyncio import Redis

from bot.desk import PHRASES, Desk, number, written
from onduty_bot.answering.answers import TelegramAway
from onduty_bot.updates import handling
from onduty_bot.updates.intake import Intake
from onduty_desk.failures.failures import Failures
from onduty_desk.lua.loader import script
from onduty_desk.model.bot_keys import (
    UPDATE_CHATS,
    UPDATES_ASIDE,
    chat_updates_key,
    update_trouble_key,
)
from onduty_desk.model.keys import FAILED, FAILURES
from onduty_desk.process.connection import connect
from onduty_desk.process.replicas import ReplicasBehind
from servers import Valkey
from waiting import until

MoveClock = Callable[[timedelta], Awaitable[None]]


async def test_a_chats_updates_keep_their_order_and_a_slow_chat_holds_up_no_other(
    redis: Redis,
) -> None:
    """While one operator's answer is stuck, all others are served; their own messages in order."""
    handled: list[int] = []
    go_on = asyncio.Event()

    async def handle(update: str) -> None:
        if number(update) == 1:
            await go_on.wait()
        handled.append(number(update))

    desk = Desk(redis, handle)
    await desk.intake.store(
        [written(n, chat=1 if n in {1, 4} else n % 3 + 2) for n in range(1, 31)]
    )
    async with desk.running():
        await until(lambda: len(handled) == 28)
        assert not {1, 4} & set(handled)
        go_on.set()
        await until(lambda: len(handled) == 30)

    for chat in range(3):
        of_chat = [n for n in handled if n % 3 == chat and n not in {1, 4}]
        assert of_chat == sorted(of_chat)
    assert handled.index(1) < handled.index(4)
    assert not await redis.exists(UPDATE_CHATS)


async def test_an_update_stored_twice_is_handled_once(redis: Redis) -> None:
    """Telegram delivers again what was not confirmed; nobody is answered twice for it."""
    handled: list[int] = []

    async def handle(update: str) -> None:
        handled.append(number(update))

    desk = Desk(redis, handle)
    async with desk.running():
        await desk.intake.store([written(1, chat=1)])
        await until(lambda: handled == [1])
        await desk.intake.store([written(1, chat=1), written(2, chat=1)])
        await until(lambda: len(handled) == 2)

    assert handled == [1, 2]


async def test_an_update_that_fails_three_times_is_set_aside_without_its_text(
    redis: Redis, move_clock: MoveClock
) -> None:
    """One message that breaks the bot does not stop its chat, and nothing said in it is kept."""
    handled: list[int] = []

    async def handle(update: str) -> None:
        handled.append(number(update))
        if number(update) == 1:
            raise LookupError("no such thing")

    desk = Desk(redis, handle)
    await desk.intake.store([written(1, chat=1, text="open sesame"), written(2, chat=1)])
    async with desk.running():
        for times in (1, 2):
            await until_trouble(redis, "failed", times)
            await move_clock(timedelta(minutes=times))
        await until(lambda: handled == [1, 1, 1, 2])

    aside = await Failures(redis).find("update-1")
    assert aside is not None
    assert (aside["kind"], aside["chat"], aside["what"]) == ("update", 1, "message")
    assert "LookupError" in aside["reason"]
    assert "no such thing" not in aside["reason"]
    assert aside["shape"]["message"]["text"] == "(3 characters)"
    assert not await redis.exists(UPDATE_CHATS, chat_updates_key("1"), update_trouble_key(1))


async def test_the_newest_thousand_of_what_was_set_aside_is_kept(redis: Redis) -> None:
    """A bad day does not fill Redis, and what else was given up stays."""
    older = {f"update-{n + 10}": n for n in range(1_000)}
    await redis.zadd(FAILED, {**older, "delivery-1": 0})
    await redis.hset(FAILURES, mapping=dict.fromkeys([*older, "delivery-1"], "{}"))
    await redis.zadd(UPDATES_ASIDE, older)
    await redis.hset(update_trouble_key(1), "failed", "2")

    async def handle(_: str) -> None:
        raise LookupError

    desk = Desk(redis, handle)
    await desk.intake.store([written(1, chat=1)])
    async with desk.running():
        await until(lambda: redis.exists(update_trouble_key(1)), equals=0)

    kept = await Failures(redis).all()
    assert len(kept) == 1_001
    assert {"update-1", "delivery-1"} < set(kept)
    assert "update-10" not in kept


async def test_a_handler_that_never_ends_is_set_aside_too(
    redis: Redis, move_clock: MoveClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is too slow again and again holds its chat up for minutes, not for ever."""
    monkeypatch.setattr(handling, "HANDLE_WITHIN_S", 0.01)
    await redis.hset(update_trouble_key(1), "slow", str(handling.MOST_TIMES_TOO_SLOW - 2))

    async def handle(_: str) -> None:
        await asyncio.Event().wait()

    desk = Desk(redis, handle)
    await desk.intake.store([written(1, chat=1)])
    async with desk.running():
        await until_trouble(redis, "slow", handling.MOST_TIMES_TOO_SLOW - 1)
        await move_clock(timedelta(minutes=1))
        await until(lambda: redis.zcard(FAILED), equals=1)
        await until(lambda: redis.exists(UPDATE_CHATS), equals=0)


async def test_trouble_with_the_network_is_not_counted(redis: Redis, move_clock: MoveClock) -> None:
    """Telegram may be away for hours: what operators wrote is answered when it is back."""
    calls = 0

    async def handle(_: str) -> None:
        nonlocal calls
        calls += 1
        if calls <= 6:
            raise TelegramAway("connection refused")

    desk = Desk(redis, handle)
    await desk.intake.store([written(1, chat=1)])
    async with desk.running():
        for times in range(1, 7):
            await until_trouble(redis, "away", times)
            await move_clock(timedelta(minutes=times))
        await until(lambda: redis.exists(UPDATE_CHATS), equals=0)

    assert calls == 7
    assert not await redis.exists(FAILED)


async def test_a_chat_waits_as_long_as_telegram_asks(redis: Redis, move_clock: MoveClock) -> None:
    """429 with a long time: that chat rests, and is served afterwards."""
    calls = 0

    async def handle(_: str) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise TelegramAway("wait", timedelta(hours=1))

    desk = Desk(redis, handle)
    await desk.intake.store([written(1, chat=1)])
    async with desk.running():
        await until_trouble(redis, "away", 1)
        next_at = await redis.zscore(UPDATE_CHATS, "1")
        await move_clock(timedelta(minutes=61))
        await until(lambda: calls == 2)

    now = int(await script(redis, "process/now")()) - 61 * 60_000
    assert next_at is not None
    assert 59 * 60_000 < next_at - now <= 60 * 60_000


async def test_what_a_killed_process_held_is_handled_by_another(
    redis: Redis, move_clock: MoveClock
) -> None:
    """A bot that dies in the middle of an update holds its chat up for twelve seconds at most."""
    handled: list[int] = []

    async def handle(update: str) -> None:
        handled.append(number(update))

    desk = Desk(redis, handle)
    await desk.intake.store([written(1, chat=1)])
    _, [chat, lease, update_id, *_] = await script(redis, "onduty_bot/updates/take_updates")(
        args=[12_000, 10, 10]
    )
    assert (await script(redis, "onduty_bot/updates/take_updates")(args=[12_000, 10, 10]))[1:] == []
    await move_clock(timedelta(seconds=12))
    async with desk.running():
        await until(lambda: handled == [1])

    came = [chat, lease, update_id, "failed", 0, 1, "{}", "", "", ""]
    late = await script(redis, "onduty_bot/updates/finish_update")(args=came)
    assert late == ["gone"]
    assert not await redis.exists(FAILED)


async def test_stopping_finishes_what_is_under_way(redis: Redis) -> None:
    """A restart interrupts no answer."""
    began, go_on = asyncio.Event(), asyncio.Event()
    handled: list[int] = []

    async def handle(update: str) -> None:
        began.set()
        await go_on.wait()
        handled.append(number(update))

    desk = Desk(redis, handle)
    await desk.intake.store([written(1, chat=1), written(2, chat=1)])
    task = asyncio.create_task(desk.handling.run())
    await began.wait()
    desk.handling.stop()
    go_on.set()
    await task

    assert handled == [1]
    assert await redis.zcard(chat_updates_key("1")) == 1


async def test_with_a_refused_token_nothing_is_taken(redis: Redis) -> None:
    """Updates wait, uncounted, for a bot whose token is good; and it can be stopped meanwhile."""
    handled: list[int] = []

    async def handle(update: str) -> None:
        handled.append(number(update))

    refused, good = Desk(redis, handle), Desk(redis, handle)
    refused.token.refused()
    await good.intake.store([written(1, chat=1)])
    waiting = asyncio.create_task(refused.handling.run())
    refused.wake.set()
    await until(refused.wake.is_set, equals=False)
    refused.handling.stop()
    await waiting
    assert handled == []
    async with good.running():
        await until(lambda: handled, equals=[1])
    assert not await redis.exists(update_trouble_key(1))


async def test_redis_may_be_killed_and_comes_back(own_valkey: Valkey) -> None:
    """What was stored before Redis died is handled after it is back; the bot stays."""
    handled: list[int] = []

    async def handle(update: str) -> None:
        handled.append(number(update))

    async with connect(own_valkey.url) as redis:
        desk = Desk(redis, handle)
        async with desk.running():
            await desk.intake.store([written(1, chat=1)])
            await until(lambda: handled == [1])
            await until(lambda: redis.exists(UPDATE_CHATS), equals=0)
            own_valkey.kill()
            await asyncio.sleep(0.6)  # one look of the loop finds it dead
            own_valkey.start()
            await desk.intake.store([written(2, chat=1)])
            await until(lambda: handled == [1, 2])


async def until_trouble(redis: Redis, kind: str, times: int) -> None:
    async def count() -> str | None:
        return cast("str | None", await redis.hget(update_trouble_key(1), kind))

    await until(count, equals=str(times))


async def test_updates_can_wait_until_a_replica_has_them(
    with_replica: tuple[Valkey, Valkey],
) -> None:
    """Before that Telegram is not told to forget them; stored again, they are there once."""
    master, replica = with_replica
    async with connect(master.url) as redis:
        intake = Intake(redis, asyncio.Event(), PHRASES, wait_replicas=1)
        await intake.store([written(1, 7)])
        replica.kill()
        with pytest.raises(ReplicasBehind, match="0 of 1 replicas"):
            await intake.store([written(2, 7)])
        replica.start()
        await until(lambda: _stored(intake, 2))
    async with connect(replica.url) as redis:
        assert await redis.zcard(chat_updates_key("7")) == 2


async def _stored(intake: Intake, update_id: int) -> bool:
    try:
        await intake.store([written(update_id, 7)])
    except ReplicasBehind:
        return False
    return True
