"""Errors about Redis's own state are an outage: logged twice, and waited for."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError
from structlog.testing import capture_logs

from onduty_desk.lua.calling import script
from onduty_desk.model.bot_keys import UPDATE_CHATS
from onduty_desk.model.keys import FAILURES
from onduty_desk.process.cancellation import cancel
from onduty_desk.process.connection import connect, connect_blocking
from onduty_desk.process.outage import Outage
from onduty_desk.process.redis_away import CANNOT_NOW, state_of
from servers import Valkey
from states import STATES, state
from waiting import until

Lines = list[str]
SAID = {"NOAUTH": "WRONGPASS", "frozen": None, "gone": None, "cut": None}


@asynccontextmanager
async def watched(url: str) -> AsyncIterator[tuple[Redis, Outage, Callable[[], Lines]]]:
    """A client, the outage of its process, and what that has logged."""
    with capture_logs() as logs:
        async with connect(url) as redis:
            outage = Outage()
            watching = asyncio.create_task(outage.watch(redis))
            yield redis, outage, lambda: [log["event"] for log in logs]
            await cancel(watching, again_after_s=0.2)


async def writes(redis: Redis) -> None:
    await redis.set("onduty:x", "1")


async def runs_a_script(redis: Redis) -> None:
    await script(redis, "process/sign_of_life")(
        args=["onduty:x", "onduty:y", "bot here 1", 20, "id", "{}", "", 60]
    )


async def transacts(redis: Redis) -> None:
    async with redis.pipeline(transaction=True) as transaction:
        transaction.set("onduty:x", "1")
        await transaction.execute()


async def pushes_by_rq(redis: Redis) -> None:
    path = redis.connection_pool.connection_kwargs["path"]
    with connect_blocking(f"unix://{path}") as client:
        await asyncio.to_thread(client.set, "onduty:x", "1")


@pytest.mark.parametrize("name", [name for name in STATES if name not in {"cut", "frozen"}])
async def test_whatever_redis_says_of_its_state_is_one_kind(name: str, own_valkey: Valkey) -> None:
    """A command, a script, a transaction and RQ's own client all say that Redis cannot now."""
    async with connect(own_valkey.url) as redis:
        await runs_a_script(redis)
        with state(name, own_valkey):
            for attempt in (writes, runs_a_script, transacts, pushes_by_rq):
                with pytest.raises(CANNOT_NOW) as raised:
                    await attempt(redis)
                assert state_of(raised.value) == SAID.get(name, name) or name == "NOAUTH"
        await writes(redis)


@pytest.mark.parametrize(
    "told",
    [
        "READONLY You can't write against a read only replica. script: 0a, on @user_script:1.",
        "ERR Error running script (call to f_0a): @user_script:1: -READONLY You can't write",
    ],
)
def test_what_a_script_met_is_known_by_its_word(told: str) -> None:
    """Also in the words of servers that wrap it."""
    assert state_of(ResponseError(told)) == "READONLY"
    assert state_of(ResponseError(told.replace("READONLY", "BUSYGROUP"))) is None
    assert state_of(ResponseError(told.replace("READONLY", "WRONGTYPE"))) is None


async def test_one_entry_of_a_script_does_not_hide_the_state_of_redis(
    own_valkey: Valkey,
) -> None:
    """A step that is tried alone fails as a whole when it is Redis that cannot."""
    async with connect(own_valkey.url) as redis:
        await redis.zadd("onduty:due", {"c1": 1})
        await redis.hset("onduty:conversation:c1", "nudge_at_ms", "1")
        with state("READONLY", own_valkey), pytest.raises(CANNOT_NOW):
            await script(redis, "conversations/timers")(args=["{}", 10])


async def test_an_outage_is_told_at_its_begin_and_at_its_end(own_valkey: Valkey) -> None:
    """However many loops notice it, and though answers that write nothing still come."""
    async with watched(own_valkey.url) as (redis, outage, lines):
        with state("OOM", own_valkey):
            for _ in range(20):
                with pytest.raises(CANNOT_NOW) as raised:
                    await writes(redis)
                outage.report(raised.value)
                assert await redis.get("onduty:x") is None
            await asyncio.sleep(1.2)
            assert lines() == ["redis.away"]
        await until(lines, equals=["redis.away", "redis.back"])


async def test_a_connection_to_the_master_of_before_is_given_up(own_valkey: Valkey) -> None:
    """One address behind which the master has changed: the client follows at the next command."""
    async with connect(own_valkey.url) as redis:
        before = await redis.client_id()
        with state("READONLY", own_valkey), pytest.raises(CANNOT_NOW):
            await writes(redis)
        assert await redis.client_id() > before


@pytest.mark.parametrize(
    ("key", "overwrite"),
    [
        (UPDATE_CHATS, lambda redis: redis.set(UPDATE_CHATS, "x")),
        (FAILURES, lambda redis: redis.set(FAILURES, "x")),
    ],
)
async def test_a_key_of_a_wrong_type_is_named_once(
    key: str, overwrite: Callable[[Redis], Awaitable[None]], own_valkey: Valkey
) -> None:
    """Redis does not say which key it was; the log does, and what to do."""
    with capture_logs() as logs:
        async with connect(own_valkey.url) as redis:
            outage = Outage()
            watching = asyncio.create_task(outage.watch(redis))
            await overwrite(redis)
            for _ in range(3):
                with pytest.raises(ResponseError) as raised:
                    await redis.hset(key, "a", "b")
                outage.report(raised.value)
            await until(lambda: len(logs), equals=1)
            await cancel(watching, again_after_s=0.2)
        assert logs[0]["event"] == "redis.wrong_type"
        assert logs[0]["key"] == key
        assert "is a string and must be a" in logs[0]["reason"]
        assert not outage.is_on
