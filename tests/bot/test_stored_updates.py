"""From storing to handling: order, leases, and what happens when a process or Redis goes."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.desk import PHRASES, Desk, number, written
from desk_at_work.fixtures import MoveClock
from onduty_bot.updates.intake import Intake
from onduty_desk.lua.calling import script
from onduty_desk.model.bot_keys import UPDATE_CHATS, chat_updates_key, update_trouble_key
from onduty_desk.model.keys import FAILED
from onduty_desk.process.connection import connect
from onduty_desk.process.replicas import ReplicasBehind
from servers import Valkey
from waiting import until


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
