"""The lines of stored updates: whose come first, how long they get, what somebody else wrote."""

import asyncio
import json
from typing import cast

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from bot.desk import PHRASES, Desk, number, written
from bot.phones import Running
from onduty_bot.updates.intake import MOST_IN_LINE, Intake
from onduty_bot.updates.stored import Update
from onduty_desk.failures.failures import Failures
from onduty_desk.lua.calling import script
from onduty_desk.model.bot_keys import (
    UPDATE_CHATS,
    UPDATE_CHATS_FIRST,
    UPDATES_DROPPED,
    chat_updates_key,
    seen_update_key,
    update_trouble_key,
    wrong_type_key,
)
from onduty_desk.model.keys import OperatorId
from onduty_desk.model.roster_keys import operator_key
from onduty_desk.process.connection import connect
from onduty_desk.telegram.bot import Bot
from onduty_sandbox.client import Phone
from waiting import until

OPERATOR = 7


def said(update_id: int, author: int, chat: int | None = None) -> Update:
    return {
        "update_id": update_id,
        "message": {"chat": {"id": chat or author}, "from": {"id": author}, "text": "hello"},
    }


async def on_duty(redis: Redis, operator: int = OPERATOR) -> None:
    await redis.hset(operator_key(OperatorId(operator)), "group", "support")


async def test_a_strangers_line_has_an_end_and_what_is_dropped_is_counted(redis: Redis) -> None:
    """A flood fills neither Redis nor the log."""
    intake = Intake(redis, asyncio.Event(), PHRASES)
    with capture_logs() as logs:
        for first in range(1, 302, 100):
            await intake.store([said(n, author=5) for n in range(first, first + 100)])
        await intake.store([said(n, author=5) for n in range(301, 401)])

    assert await redis.zcard(chat_updates_key("5")) == MOST_IN_LINE
    assert await redis.get(UPDATES_DROPPED) == "300"
    assert 0 < await redis.ttl(UPDATES_DROPPED) <= 86_400
    assert [log["count"] for log in logs if log["event"] == "updates.dropped"] == [100]


async def test_a_chat_whose_updates_have_gone_holds_up_no_other(redis: Redis) -> None:
    """It leaves the timetable by itself."""
    await redis.zadd(UPDATE_CHATS, {"6": 1})
    await Intake(redis, asyncio.Event(), PHRASES).store([said(1, author=5)])
    taken = await script(redis, "onduty_bot/updates/take_updates")(args=[1_000, 10, 10])
    assert [chat for chat, *_ in taken[1:]] == ["5"]
    assert await redis.zscore(UPDATE_CHATS, "6") is None


@pytest.mark.parametrize("whose", ["on duty", "known", "admin"])
async def test_what_the_team_writes_is_never_dropped(redis: Redis, whose: str) -> None:
    """Operators, those who were some lately, and admins: also in a chat that strangers fill."""
    if whose == "on duty":
        await on_duty(redis)
    elif whose == "known":
        await redis.set(f"onduty:known:{OPERATOR}", "1", ex=60)
    admins = [OPERATOR] if whose == "admin" else []
    intake = Intake(redis, asyncio.Event(), PHRASES, always_kept=admins)
    await intake.store([said(n, author=5, chat=-1) for n in range(1, 200)])
    await intake.store([said(n, author=OPERATOR, chat=-1) for n in range(200, 400)])

    assert await redis.zcard(chat_updates_key("-1")) == MOST_IN_LINE + 200


async def test_the_bubble_of_a_pin_is_removed_though_the_line_is_full(
    anna: Phone, telegram: Bot, running: Running
) -> None:
    """It comes from the bot itself, and would stay in the chat for good."""
    for n in range(MOST_IN_LINE + 1):
        await anna.send(f"Text {n}")
    sent = await telegram.send_message(anna.chat_id, "This is pinned")
    await telegram.pin_chat_message(anna.chat_id, sent.message_id)

    async def bubbles() -> list[bool]:
        return [message.deleted for message in await anna.messages() if message.pins]

    assert await bubbles() == [False]
    async with running():
        await until(bubbles, equals=[True])


async def test_a_flood_of_strangers_delays_no_operator(redis: Redis, redis_url: str) -> None:
    """Three hundred strangers are being served, each slowly: a tap is handled at once."""
    await on_duty(redis)
    go_on, began = asyncio.Event(), asyncio.Event()
    handled: list[int] = []

    async def handle(record: str) -> None:
        if number(record) == 1_000:
            handled.append(1_000)
            began.set()
        else:
            await go_on.wait()
            handled.append(number(record))

    async with connect(redis_url) as of_bot:
        desk = Desk(of_bot, handle)
        await desk.intake.store([said(n, author=n + 100) for n in range(1, 601)])
        async with desk.running():
            await until(lambda: _is_leased(redis, "101"))
            await desk.intake.store([said(1_000, author=OPERATOR)])
            await until(began.is_set)
            go_on.set()
            await until(lambda: redis.exists(UPDATE_CHATS, UPDATE_CHATS_FIRST), equals=0)
    assert handled[0] == 1_000
    assert len(handled) == 601


async def _is_leased(redis: Redis, chat: str) -> bool:
    seconds, _ = await redis.time()
    return (await redis.zscore(UPDATE_CHATS, chat) or 0) > seconds * 1000 + 5_000


async def test_operators_are_taken_before_strangers_who_came_earlier(redis: Redis) -> None:
    """Who works here does not queue behind a crowd."""
    await on_duty(redis)
    handled: list[int] = []

    async def handle(record: str) -> None:
        handled.append(number(record))

    desk = Desk(redis, handle)
    await desk.intake.store([*(said(n, author=n + 100) for n in range(1, 51)), said(99, OPERATOR)])
    async with desk.running():
        await until(lambda: len(handled) == 51)
    assert handled[0] == 99


async def test_who_comes_on_keeps_the_order_of_what_they_wrote(redis: Redis) -> None:
    """A chat that moves to the operators' timetable takes its line, and its lease, along."""
    handled: list[int] = []
    go_on = asyncio.Event()

    async def handle(record: str) -> None:
        handled.append(number(record))
        if number(record) == 1:
            await go_on.wait()

    desk = Desk(redis, handle)
    await desk.intake.store([said(1, OPERATOR), said(2, OPERATOR)])
    async with desk.running():
        await until(lambda: handled == [1])
        await on_duty(redis)
        await desk.intake.store([said(3, OPERATOR)])
        assert await redis.zscore(UPDATE_CHATS, str(OPERATOR)) is None
        go_on.set()
        await until(lambda: len(handled) == 3)
    assert handled == [1, 2, 3]
    assert not await redis.exists(UPDATE_CHATS, UPDATE_CHATS_FIRST)


async def test_what_an_older_version_stored_is_handled(redis: Redis) -> None:
    """An upgrade loses nothing that was stored before it."""
    records: list[str] = []

    async def handle(record: str) -> None:
        records.append(record)

    await redis.zadd(chat_updates_key("1"), {json.dumps(written(1, chat=1)): 1})
    await redis.zadd(UPDATE_CHATS, {"1": 0})
    async with Desk(redis, handle).running():
        await until(lambda: records, equals=[json.dumps(written(1, chat=1))])
        await until(lambda: redis.exists(UPDATE_CHATS), equals=0)


@pytest.mark.parametrize(
    "key",
    [
        chat_updates_key("5"),
        UPDATE_CHATS,
        UPDATE_CHATS_FIRST,
        seen_update_key(2),
        update_trouble_key(2),
        UPDATES_DROPPED,
        "onduty:failed",
        "onduty:failures",
        "onduty:updates-aside",
    ],
)
async def test_a_key_that_somebody_overwrote_stops_nobody(redis: Redis, key: str) -> None:
    """What was written there is set aside; every other chat, and the next update, is served."""
    handled: list[int] = []

    async def handle(record: str) -> None:
        handled.append(number(record))
        if number(record) == 2:
            raise LookupError

    desk = Desk(redis, handle)
    await desk.intake.store([said(1, author=6)])
    await redis.delete(key)
    await redis.lpush(key, "nonsense")
    async with desk.running():
        await desk.intake.store([said(n, author=5) for n in range(2, 5)])
        await until(lambda: {1, 3, 4} <= set(handled))
        await until(lambda: redis.exists(chat_updates_key("5"), chat_updates_key("6")), equals=0)


async def test_an_overwritten_line_is_told_and_kept_for_a_while(redis: Redis) -> None:
    """Somebody can see what happened, and what had been written there."""
    intake = Intake(redis, asyncio.Event(), PHRASES)
    await redis.set(chat_updates_key("5"), "nonsense")
    await intake.store([said(1, author=5)])

    aside = wrong_type_key(chat_updates_key("5"))
    assert await redis.get(aside) == "nonsense"
    assert await redis.ttl(aside) > 86_400
    [failure] = (await Failures(redis).all()).values()
    assert "was a string instead of a zset" in cast("str", failure["reason"])
    assert await redis.zcard(chat_updates_key("5")) == 1


@pytest.mark.parametrize("odd", [5, None, "x", [], {}, {"update_id": "1"}, {"update_id": -1}])
async def test_what_is_no_update_is_set_aside_and_the_next_is_stored(
    redis: Redis, odd: object
) -> None:
    """One of a batch is not what Telegram says it sends: the others count."""
    intake = Intake(redis, asyncio.Event(), PHRASES)
    with capture_logs() as logs:
        for _ in range(2):
            await intake.store([odd, said(1, author=5)])

    assert await redis.zcard(chat_updates_key("5")) == 1
    [failure] = (await Failures(redis).all()).values()
    assert failure["kind"] == "update"
    assert [log["event"] for log in logs] == ["update.odd"]


@pytest.mark.parametrize(
    ("update", "line"),
    [
        ({"edited_message": {"chat": {"id": -5}}}, "-5"),
        ({"callback_query": {"message": {"chat": {"id": 7}}, "from": {"id": 8}}}, "7"),
        ({"callback_query": {"from": {"id": 8}}}, "8"),
        ({"my_chat_member": {"chat": {"id": 9}}}, "9"),
        ({"poll": {"id": "1"}}, "unknown"),
        ({"message": "nonsense"}, "unknown"),
        ({"message": {"chat": {"id": True}, "from": {"id": 10}}}, "10"),
        ({"message": {"chat": {"id": 10**30}}}, "unknown"),
    ],
)
async def test_every_update_stands_in_the_line_of_its_chat(
    redis: Redis, update: Update, line: str
) -> None:
    """A tap, a change and a message of one chat keep their order; nothing is dropped."""
    await Intake(redis, asyncio.Event(), PHRASES).store([{"update_id": 1, **update}])

    assert await redis.zcard(chat_updates_key(line)) == 1
