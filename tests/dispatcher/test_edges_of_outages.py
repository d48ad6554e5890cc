"""What is rare: half an outage, several in a row, a phone that was not there, odd answers."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

import pytest
from redis.asyncio import Redis

from onduty_desk.failures import Failures
from onduty_desk.keys import TELEGRAM, ConversationId, copies_key
from onduty_desk.rules import Rules
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

from .at_work import Desk, sending
from .conftest import ComeOn, MoveClock, Push

REPEAT = "↻ You may have this one already"


@pytest.fixture
def rules() -> Rules:
    """Every message rings."""
    return Rules(ring_every=timedelta(0))


@pytest.fixture
async def desk(
    redis: Redis, sandbox: Sandbox, token: str, phones: list[Phone], rules: Rules
) -> AsyncIterator[Desk]:
    """A dispatcher that reaches Telegram where an outage can refuse connections."""
    async with sending(redis, sandbox.bots_url, token, rules) as jobs:
        yield Desk(redis, jobs, rules, phones)


async def test_a_call_about_a_conversation_that_has_expired_leaves_the_outbox(
    redis: Redis, desk: Desk, come_on: ComeOn
) -> None:
    """Its copy can live half a second longer: a script that waited for it would never end."""
    await come_on(1)
    await redis.hset(copies_key(ConversationId("c1")), "1", json.dumps({"card": 5, "note": "lost"}))
    await redis.zadd("onduty:outbox:1", {"c1": 1e14})
    await redis.hset("onduty:chat:1", "class", "normal")
    await redis.zadd("onduty:timetable:normal", {"1": 1})
    await desk.jobs.look()
    await desk.quiet()
    assert not await redis.exists("onduty:outbox:1")


async def _has_paused(redis: Redis) -> bool:
    return bool(await redis.hget(TELEGRAM, "pauses"))


async def _sends(sandbox: Sandbox, least: int) -> bool:
    return len(await sandbox.log(method="sendMessage")) >= least


async def test_nothing_is_given_up_while_telegram_takes_nobodys_sends(
    sandbox: Sandbox,
    redis: Redis,
    desk: Desk,
    come_on: ComeOn,
    push: Push,
    move_clock: MoveClock,
) -> None:
    """A gateway loses each answer but getMe's: the desk pauses, and nothing counts."""
    await come_on(1, 2, 3)
    await sandbox.outage("page", method="sendMessage", status=504)
    push("Hello")
    await desk.jobs.route()
    await until(lambda: _has_paused(redis))
    for times in range(2, 6):
        await until(partial(_sends, sandbox, 3 * times))
        await move_clock(timedelta(seconds=20 * times))
        await desk.jobs.look()
    await sandbox.clear_faults()
    await move_clock(timedelta(minutes=5))
    await desk.jobs.look()
    for phone in desk.phones:
        assert REPEAT in (await phone.wait_for("Hello", timeout_s=15)).text
    assert await Failures(redis).all() == {}
