"""An update that cannot be handled: how often it is tried, and what is set aside when."""

import asyncio
from datetime import timedelta
from typing import cast

import pytest
from redis.asyncio import Redis

from bot.desk import Desk, number, written
from desk_at_work.fixtures import MoveClock
from onduty_bot.answering.answers import TelegramAway
from onduty_bot.updates import handling
from onduty_desk.failures.failures import Failures
from onduty_desk.lua.calling import script
from onduty_desk.model.bot_keys import (
    UPDATE_CHATS,
    UPDATES_ASIDE,
    chat_updates_key,
    update_trouble_key,
)
from onduty_desk.model.keys import FAILED, FAILURES
from waiting import until


@pytest.mark.parametrize("kind", [LookupError, FileNotFoundError])
async def test_an_update_that_fails_three_times_is_set_aside_without_its_text(
    redis: Redis, move_clock: MoveClock, kind: type[Exception]
) -> None:
    """One message that breaks the bot does not stop its chat, and nothing said in it is kept."""
    handled: list[int] = []

    async def handle(update: str) -> None:
        handled.append(number(update))
        if number(update) == 1:
            raise kind("no such thing")

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
    assert kind.__name__ in aside["reason"]
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


async def until_trouble(redis: Redis, kind: str, times: int) -> None:
    async def count() -> str | None:
        return cast("str | None", await redis.hget(update_trouble_key(1), kind))

    await until(count, equals=str(times))
