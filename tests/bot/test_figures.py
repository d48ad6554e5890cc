"""What a bot counts: each figure moves when the thing happens."""

import asyncio

import pytest
from redis.asyncio import Redis
from telegram.error import Conflict

from bot.customers import dispatching, writing
from bot.desk import Desk, written
from bot.guessers import Guessers
from bot.phones import Running, ask, sign_in
from figures import moved, values
from onduty_bot.answering.strangers import StrangersLine
from onduty_desk.process.judging import what_is_wrong
from onduty_desk.telegram.bot import Bot
from onduty_sandbox.client import Phone, Sandbox
from waiting import until


async def test_a_claim_is_counted_with_the_time_the_customer_has_waited(
    anna: Phone, running: Running, redis: Redis, redis_url: str, sandbox: Sandbox, token: str
) -> None:
    """And the updates that led to it, their handling, and the slots of the bot's answers."""
    with moved() as changes:
        async with running(), dispatching(redis, sandbox, token):
            await sign_in(anna)
            assert values()["onduty_reading",] == 1
            writing(redis_url)("Alice")
            card = await anna.wait_for("I am Alice")
            assert (await anna.tap(card.message_id, "claim")).text == "It is yours"
    assert changes["onduty_claim_seconds",] == 1
    assert changes["onduty_updates_stored",] >= 3
    assert changes["onduty_updates_handled", "done"] >= 3
    assert changes["onduty_update_handling_seconds",] >= 3
    assert (
        changes["onduty_slot_wait_seconds", "operators"]
        + changes.get(("onduty_slot_wait_seconds", "strangers"), 0)
        >= 2
    )
    assert changes["onduty_telegram_request_duration_seconds", "getUpdates", "ok"] >= 1
    assert values()["onduty_reading",] == 0


async def test_what_a_full_line_drops_is_counted(redis: Redis) -> None:
    """A stranger's line holds a hundred."""

    async def handle(_: str) -> None:
        await asyncio.sleep(0)

    desk = Desk(redis, handle)
    with moved() as changes:
        await desk.intake.store([written(n, 7) for n in range(1, 121)])
    assert changes["onduty_updates_stored",] == 100
    assert changes["onduty_updates_dropped",] == 20


async def test_an_update_that_fails_is_counted(redis: Redis) -> None:
    """Each try, and in the end that it is set aside."""

    async def fail(_: str) -> None:
        raise ValueError

    desk = Desk(redis, fail)
    with moved() as changes:
        async with desk.running():
            await desk.intake.store([written(1, 7)])
            await until(lambda: redis.exists("onduty:updates-aside"), equals=1)
    assert changes["onduty_updates_handled", "failed"] == 2
    assert changes["onduty_updates_handled", "set_aside"] == 1


async def test_strangers_that_are_slowed_are_counted(redis: Redis) -> None:
    """A text that gets no answer, and a phrase that was not compared."""
    guessers = Guessers(redis)
    with moved() as changes:
        StrangersLine(ValueError).count("too_many")
        for account in range(50):
            await guessers.try_once(900 + account)
    assert changes["onduty_strangers_unanswered", "too_many"] == 1
    assert changes["onduty_strangers_slowed",] >= 5


async def test_who_reads_beside_another_program_is_not_ready(
    running: Running, redis: Redis, telegram: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 409 is counted, and `onduty health` says it until Telegram answers again."""
    monkeypatch.setattr("onduty_desk.process.health.EVERY_S", 0.05)
    monkeypatch.setattr("onduty_bot.updates.polling.CONFLICT_PAUSE_S", 0.2)
    with moved() as changes:
        async with running():
            await until(lambda: what_is_wrong(redis, "bot"), equals=None)
            ended: list[Conflict] = []
            foreign = asyncio.create_task(read_on(telegram, ended))
            await until(lambda: has_conflict(redis))
            await until(lambda: bool(ended))
            foreign.cancel()
            await until(lambda: what_is_wrong(redis, "bot"), equals=None)
    assert changes["onduty_telegram_conflicts",] >= 1


async def read_on(telegram: Bot, ended: list[Conflict]) -> None:
    """Read as a second program does: Telegram ends the older of two reads."""
    while True:
        try:
            await telegram.get_updates(offset=-1, timeout=50)
        except Conflict as conflict:
            ended.append(conflict)


async def has_conflict(redis: Redis) -> bool:
    return "(409)" in str(await what_is_wrong(redis, "bot"))


async def test_a_waiting_replica_is_ready(
    anna: Phone, running: Running, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two that poll one reads; both are ready."""
    monkeypatch.setattr("onduty_desk.process.health.EVERY_S", 0.05)
    async with running(), running():
        await ask(anna, "/start")
        await until(lambda: what_is_wrong(redis, "bot"), equals=None)
        assert await redis.zcard("onduty:process-ids") == 2
