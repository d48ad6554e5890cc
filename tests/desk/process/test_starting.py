"""What a service looks at before it touches anything."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from structlog.testing import capture_logs

from onduty.cli import main as onduty
from onduty_desk.model.keys import BOT
from onduty_desk.process import starting
from onduty_desk.process.cancellation import cancel
from onduty_desk.process.connection import connect, connect_blocking
from onduty_desk.process.redis_away import CANNOT_NOW
from onduty_desk.process.redis_setup import is_too_old
from onduty_desk.process.starting import StartRefused, ready
from servers import Valkey
from states import state
from waiting import until

RIGHTS = ("~onduty:*", "~rq:*", "&onduty:*", "+@all", "-@dangerous", "+info")


@pytest.fixture
def user(redis_url: str) -> Iterator[str]:
    """The URL of a user that has just the rights that docs/sre.md asks for."""
    with BlockingRedis.from_url(redis_url) as admin:
        rights = ("reset", "on", ">hunter2", *RIGHTS)
        admin.execute_command("ACL", "SETUSER", "desk", *rights)
        yield redis_url.replace("unix://", "unix://desk:hunter2@")
        admin.acl_deluser("desk")


async def refusal(url: str, bot_id: str = "42") -> str:
    async with connect(url) as redis:
        with pytest.raises(StartRefused) as refused:
            await ready(redis, bot_id, "onduty_dispatcher")
    return str(refused.value)


async def test_the_rights_that_the_documentation_asks_for_are_enough(
    user: str, redis: Redis
) -> None:
    """And nothing is warned of: INFO tells what counts."""
    with capture_logs() as logs:
        async with connect(user) as client:
            await ready(client, "42", "onduty_bot", "onduty_dispatcher")
    assert [log["event"] for log in logs] == []
    assert await redis.keys("*probe*") == []


@pytest.mark.parametrize(
    "without",
    ["resetchannels", "-eval", "-fcall", "-function", "-hset", "-zadd", "-rpush", "-publish"],
)
async def test_a_missing_right_is_refused(without: str, user: str, redis: Redis) -> None:
    """In a sentence that says which rights are needed, and nothing is written."""
    await redis.execute_command("ACL", "SETUSER", "desk", without)  # type: ignore[no-untyped-call]
    assert "needs ~onduty:* ~rq:* &onduty:*" in await refusal(user)
    assert await redis.keys("*") == []


@pytest.mark.parametrize("keys", ["~onduty:*", "~rq:*"])
async def test_keys_that_may_not_be_touched_are_refused(keys: str, user: str, redis: Redis) -> None:
    """Both the desk's and RQ's are needed."""
    await redis.execute_command("ACL", "SETUSER", "desk", "resetkeys", keys)  # type: ignore[no-untyped-call]
    assert "No permissions to access a key" in await refusal(user)


async def test_a_wrong_password_is_refused(user: str) -> None:
    """And never shown."""
    said = await refusal(user.replace("hunter2", "hunter3"))
    assert "refuses the user name or password" in said
    assert "hunter" not in said


async def test_a_password_where_none_is_set_is_refused(redis_url: str) -> None:
    """As a chat backend's is: who set it believes that it protects what customers write."""
    said = await refusal(redis_url.replace("unix://", "unix://:hunter2@"))
    assert "has no password set, and its URL has one; take it out of ONDUTY_REDIS_URL" in said
    assert "hunter" not in said


async def test_a_password_that_is_taken_out_of_redis_ends_no_service(own_valkey: Valkey) -> None:
    """What has started works on; only the next start is refused."""
    async with connect(own_valkey.url) as admin:
        await admin.config_set("requirepass", "hunter2")
        async with connect(own_valkey.url.replace("unix://", "unix://:hunter2@")) as redis:
            await ready(redis, "42")
            await admin.config_set("requirepass", "")
            await admin.client_kill_filter(_type="normal", skipme=True)
            assert await redis.ping()


async def test_a_database_that_does_not_exist_is_refused(redis_url: str) -> None:
    """A number above what the server has."""
    assert "no database of this number" in await refusal(f"{redis_url}?db=99")


async def test_another_bots_desk_is_refused(redis: Redis, redis_url: str) -> None:
    """Its operators would be signed out; on purpose it is adopted."""
    await ready(redis, "42")
    await ready(redis, "42")
    said = await refusal(redis_url, "43")
    assert "the desk of bot 42" in said
    assert "onduty adopt 43" in said
    assert await redis.get(BOT) == "42"

    assert await asyncio.to_thread(onduty, ["adopt", "43", "--redis", redis_url]) == 0
    await ready(redis, "43")
    assert await asyncio.to_thread(onduty, ["adopt", "42:AAF", "--redis", redis_url]) == 1
    assert await redis.get(BOT) == "43"


@pytest.mark.parametrize(
    ("version", "too_old"), [("6.2.14", True), ("7.0.0", False), ("8.4", False), ("", False)]
)
def test_a_version_too_old_is_known(version: str, too_old: bool) -> None:  # noqa: FBT001 - of the table above
    """What our scripts need came with Redis 7.0."""
    assert is_too_old(version) is too_old


@pytest.mark.parametrize(
    ("name", "cure"),
    [("gone", "start Redis"), ("READONLY", "to the master"), ("OOM", "give Redis more memory")],
)
async def test_a_redis_that_cannot_at_start_is_waited_for(
    name: str, cure: str, own_valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is said at once, and again each half minute; then the service starts."""
    monkeypatch.setattr(starting, "LOG_EVERY_S", 1.5)
    with capture_logs() as logs:
        async with connect(own_valkey.url) as redis:
            with state(name, own_valkey):
                starts = asyncio.create_task(ready(redis, "42"))
                await until(lambda: len(logs), equals=2)
                assert {log["event"] for log in logs} == {"redis.waited_for"}
                assert all(cure in log["next_step"] for log in logs)
            await starts
            assert await redis.get(BOT) == "42"


@asynccontextmanager
async def another_server(answer: bytes) -> AsyncIterator[str]:
    """Listen as something that gives this answer to whatever it is sent; yields its URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(4096):
            writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield "redis://{}:{}".format(*listening.sockets[0].getsockname())


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 400 Card 1234 is no request\r\n\r\n", b"* OK IMAP4 1234\r\n", b"+OK\r\n"],
    ids=["HTTP", "IMAP", "OK"],
)
async def test_a_server_that_is_no_redis_is_named_and_waited_for(answer: bytes) -> None:
    """It may be a proxy whose Redis is away; what it says is not repeated."""
    with capture_logs() as logs:
        async with another_server(answer) as url, connect(url) as redis:
            starts = asyncio.create_task(ready(redis, "42"))
            await until(lambda: len(logs), equals=1)
            await cancel(starts, again_after_s=0.2)
    assert starts.cancelled()
    [log] = logs
    assert log["event"] == "redis.waited_for"
    assert "does not speak Redis's protocol" in log["reason"]
    assert "set ONDUTY_REDIS_URL to Redis's own address" in log["next_step"]
    assert "1234" not in str(log)


async def test_a_server_that_is_no_redis_is_an_outage_of_what_runs() -> None:
    """For RQ's connections too; it is named by its address."""
    async with another_server(b"HTTP/1.1 400\r\n\r\n") as url:
        named = f"what answers at {url.removeprefix('redis://')} does not"
        async with connect(url) as redis:
            with pytest.raises(CANNOT_NOW, match=named):
                await redis.get("x")
        with connect_blocking(url) as blocking, pytest.raises(CANNOT_NOW, match=named):
            await asyncio.to_thread(blocking.get, "x")


async def test_a_start_that_waits_can_be_ended(own_valkey: Valkey) -> None:
    """Also while Redis holds the connection and says nothing."""
    async with connect(own_valkey.url) as redis:
        with state("frozen", own_valkey):
            starts = asyncio.create_task(ready(redis, "42"))
            await asyncio.sleep(0)
            await cancel(starts, again_after_s=0.2)
        assert starts.cancelled()


async def test_what_loses_messages_is_warned_of(own_valkey: Valkey) -> None:
    """An eviction policy, and no append-only file."""
    async with connect(own_valkey.url) as redis:
        await redis.config_set("maxmemory-policy", "allkeys-lru")
        await redis.config_set("appendonly", "no")
        with capture_logs() as logs:
            await ready(redis, "42")
    assert [log["event"] for log in logs] == ["redis.evicts", "redis.keeps_nothing"]
    assert all("CONFIG SET" in log["next_step"] for log in logs)
