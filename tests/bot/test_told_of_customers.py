"""What admins are told of customers who wait in vain: at once, once, and what to do."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from bot.customers import waiting, writing
from bot.phones import Running, answers, ask, sign_in
from desk_at_work.at_work import sending
from desk_at_work.fixtures import ComeOn
from onduty_desk.availability.groups import Groups
from onduty_desk.conversations.rules import Rules
from onduty_desk.model.keys import (
    ADMIN_NEWS,
    ADMIN_NEWS_LAST,
    ADMIN_NEWS_TELLING,
    TEST_CLOCK_OFFSET,
)
from onduty_dispatcher.jobs import Jobs
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

TO_DO = "\n\n/on: answer them yourself\n/queue: who waits\n/team: who is on duty"


@pytest.fixture
async def vera(sandbox: Sandbox) -> Phone:
    return await sandbox.add_user(900, "Vera", language_code="en")


@pytest.fixture
async def jobs(redis: Redis, sandbox: Sandbox, token: str) -> AsyncIterator[Jobs]:
    async with sending(redis, sandbox.base_url, token, Rules()) as jobs:
        yield jobs


async def told(phone: Phone) -> list[str]:
    return [text for text in await answers(phone) if text.startswith("⚠️")]


async def _is_told(phone: Phone) -> bool:
    return bool(await told(phone))


async def _gone(redis: Redis) -> bool:
    return not await redis.exists(ADMIN_NEWS, ADMIN_NEWS_TELLING)


async def test_admins_are_told_once_when_nobody_is_there(
    vera: Phone, anna: Phone, running: Running, redis: Redis, redis_url: str, jobs: Jobs
) -> None:
    """With what to type; more customers say nothing new, until somebody was there in between."""
    write, groups = writing(redis_url), Groups(redis, ["support"])
    async with running(admin_ids="900"):
        await ask(vera, "/start")
        write("Alice")
        await jobs.route()
        await until(
            lambda: told(vera),
            equals=[f"⚠️ support: nobody is on duty, and 1 customer waits.{TO_DO}"],
        )
        write("Bob")
        await jobs.route()
        await waiting(redis, 2)
        await groups.look("second")
        assert await _gone(redis)
        await sign_in(anna)
        await ask(anna, "/off")
        await groups.look("second")
        await until(lambda: redis.exists(ADMIN_NEWS), equals=1)
        await redis.delete(ADMIN_NEWS_LAST)
        await until(lambda: _gone(redis))
        assert len(await told(vera)) == 2
        assert "2 customers wait." in (await told(vera))[1]


async def test_in_their_own_language_and_each_of_them(
    sandbox: Sandbox, running: Running, redis: Redis, redis_url: str, jobs: Jobs
) -> None:
    """On duty elsewhere or off; of several groups in one message."""
    admin = await sandbox.add_user(901, "Вера", language_code="ru")
    other = await sandbox.add_user(902, "Ivo", language_code="en")
    async with running(admin_ids="901,902", language="ru", groups={"sales": "a good deal"}):
        for phone in (admin, other):
            await ask(phone, "/start")
        write = writing(redis_url)
        await redis.set(ADMIN_NEWS_LAST, "1", px=2_000)
        write("Alice")
        write("Bob", group="sales")
        await jobs.route()
        await until(lambda: _is_told(admin))
        (text,) = await told(admin)
        assert text.splitlines()[:2] == [
            "⚠️ support: никого нет на дежурстве, и ждёт 1 клиент.",
            "⚠️ sales: никого нет на дежурстве, и ждёт 1 клиент.",
        ]
        assert "/on: ответить самому" in text
        await until(lambda: _is_told(other))
        (text,) = await told(other)
        assert "nobody is on duty, and 1 customer waits." in text


async def test_while_telegram_is_away_it_waits(
    sandbox: Sandbox, vera: Phone, running: Running, redis: Redis, redis_url: str, jobs: Jobs
) -> None:
    """And is told once when it is back."""
    async with running(admin_ids="900"):
        await ask(vera, "/start")
        await sandbox.fault("500", "sendMessage", times=2)
        writing(redis_url)("Alice")
        await jobs.route()
        await until(lambda: _gone(redis))
        assert len(await told(vera)) == 1


async def test_several_bots_tell_it_once(
    vera: Phone, running: Running, redis: Redis, redis_url: str, jobs: Jobs
) -> None:
    """And a desk without admins keeps nothing."""
    async with running(admin_ids="900"), running(admin_ids="900"):
        await ask(vera, "/start")
        writing(redis_url)("Alice")
        await jobs.route()
        await until(lambda: _gone(redis))
        await asyncio.sleep(0)
        assert len(await told(vera)) == 1
    await redis.delete(ADMIN_NEWS_LAST)
    async with running():
        await redis.hset(ADMIN_NEWS, "unattended:support", '{"group":"support"}')
        await until(lambda: _gone(redis))


async def test_what_is_over_meanwhile_is_not_told(
    vera: Phone, running: Running, redis: Redis
) -> None:
    """Somebody is there again, or a newer version knows more kinds of news."""
    async with running(admin_ids="900"):
        await ask(vera, "/start")
        await redis.hset(ADMIN_NEWS, "unattended:support", '{"group":"support","reason":"paused"}')
        await redis.hset(ADMIN_NEWS, "praised:c1", '{"group":"support"}')
        await until(lambda: _gone(redis))
        assert await told(vera) == []


async def _wait_for_long(redis: Redis, *names: str, minutes: int) -> None:
    """Let customers have waited so long when the rules ask to tell the admins."""
    for name in names:
        since_ms = int(await redis.hget(f"onduty:conversation:of {name}", "waiting_since_ms") or 0)
        about = json.dumps({"conversation": f"of {name}", "since_ms": str(since_ms)})
        await redis.hset(ADMIN_NEWS, f"escalated:of {name}", about)
    await redis.set(TEST_CLOCK_OFFSET, minutes * 60_000)


async def test_admins_are_told_who_has_waited_for_long(
    vera: Phone, running: Running, redis: Redis, redis_url: str, jobs: Jobs, come_on: ComeOn
) -> None:
    """By name, and what to type; of many the first ten. What has ended meanwhile is not told."""
    await come_on(7)
    names = [f"Alice {n}" for n in range(12)]
    write = writing(redis_url)
    write(*names, "Bob", "Carol")
    await jobs.route()
    await redis.hset("onduty:conversation:of Bob", "state", "claimed")
    await redis.hset("onduty:conversation:of Carol", "waiting_since_ms", "17")  # another wait
    about = json.dumps({"conversation": "of Carol", "since_ms": "16"})
    await redis.hset(ADMIN_NEWS, "escalated:of Carol", about)
    await _wait_for_long(redis, *names, "Bob", minutes=5)
    async with running(admin_ids="900"):
        await vera.send("/start")
        await until(lambda: _gone(redis))
        (text,) = [one for one in await answers(vera) if "has waited" in one]
    lines = text.splitlines()
    assert all(line.startswith("⏫ Alice ") for line in lines[:10])
    assert lines[0].endswith(" has waited for 5 min in support.")
    assert lines[10:] == ["and 2 more", *TO_DO[1:].splitlines()]
