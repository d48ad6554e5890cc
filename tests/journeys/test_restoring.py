"""A backup of Redis, made while it works, is restored into a new server: the desk goes on.

The commands are those of docs/sre.md.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from redis.asyncio import Redis

from onduty import CustomerMessage, SupportDesk
from onduty_desk.process.connection import connect
from onduty_sandbox.client import ChatMessage, Phone
from servers import Valkey
from waiting import until

from .conftest import Desk

CLAIM = ["🙋 I'll answer", "⋯"]
THEIRS = ["☑️ Close", "↩️ Release", "⋯"]

Backup = Callable[[Redis, Path, Path], Awaitable[None]]
Restore = Callable[[Path, Path], Awaitable[Valkey]]


@pytest.fixture
def redis_url(own_valkey: Valkey) -> str:
    """A Redis of this journey's own, which it loses."""
    return own_valkey.url


async def copy_aof(redis: Redis, folder: Path, copy: Path) -> None:
    """Copy the append-only file; it must not be rewritten meanwhile."""
    await redis.config_set("auto-aof-rewrite-percentage", 0)
    await _is_written(redis, "aof_rewrite_in_progress")
    shutil.copytree(folder / "appendonlydir", copy / "appendonlydir")
    await redis.config_set("auto-aof-rewrite-percentage", 100)


async def copy_rdb(redis: Redis, folder: Path, copy: Path) -> None:
    """Let Redis write a snapshot, and copy that."""
    await redis.bgsave()
    await _is_written(redis, "rdb_bgsave_in_progress")
    assert (await redis.info("persistence"))["rdb_last_bgsave_status"] == "ok"
    shutil.copy(folder / "dump.rdb", copy)


async def restore_aof(copy: Path, folder: Path) -> Valkey:
    """Put it where the new server looks."""
    shutil.copytree(copy / "appendonlydir", folder / "appendonlydir")
    server = Valkey(folder)
    server.start()
    return server


async def restore_rdb(copy: Path, folder: Path) -> Valkey:
    """A server that keeps an append-only file does not read a snapshot: first one that does not."""
    shutil.copy(copy / "dump.rdb", folder)
    reading = Valkey(folder, "--appendonly", "no")
    reading.start()
    async with connect(reading.url) as redis:
        await redis.config_set("appendonly", "yes")
        await _is_written(redis, "aof_rewrite_in_progress")
        assert (await redis.info("persistence"))["aof_last_bgrewrite_status"] == "ok"
    reading.kill()
    server = Valkey(folder)
    server.start()
    return server


@pytest.mark.parametrize(
    ("backup", "restore"), [(copy_aof, restore_aof), (copy_rdb, restore_rdb)], ids=["aof", "rdb"]
)
async def test_conversations_and_logins_go_on(
    backup: Backup, restore: Restore, own_valkey: Valkey, desk: Desk
) -> None:
    """Nobody signs in again; who owns whom is known, who waits waits, and nothing rings twice."""
    services = await desk.start("bot", "dispatcher")
    anna, boris = await desk.operator(101, "Anna"), await desk.operator(102, "Boris")
    await asyncio.to_thread(push, own_valkey.url, "alice", "Hello")
    await asyncio.to_thread(push, own_valkey.url, "bob", "Anybody?")
    await anna.tap((await card(anna, "Hello", CLAIM)).message_id, "claim")
    await card(anna, "🟢 alice · waits for your answer", THEIRS)
    of_bob = await card(boris, "Anybody?", CLAIM)
    with tempfile.TemporaryDirectory(prefix="onduty-copy-") as copy:
        async with connect(own_valkey.url) as redis:
            await backup(redis, own_valkey.folder, Path(copy))
        await asyncio.to_thread(push, own_valkey.url, "carol", "After the copy")
        await card(boris, "After the copy", CLAIM)
        for service in services:
            await service.kill()
        own_valkey.kill()
        async with restored(restore, Path(copy)) as url:
            desk.environment["ONDUTY_REDIS_URL"] = url
            await desk.start("bot", "dispatcher")
            for phone in (anna, boris):
                asked = await phone.send("/status")
                await phone.wait_for("on duty for", after=asked)
            await asyncio.to_thread(push, url, "bob", "Anybody?")  # the same, by its id
            await asyncio.to_thread(push, url, "alice", "And another thing")
            await asyncio.to_thread(push, url, "carol", "After the copy")  # Redis has lost it
            await anna.wait_for("And another thing")
            await boris.tap(of_bob.message_id, "claim")
            await card(boris, "🟢 bob · waits for your answer", THEIRS)
            await until(lambda: count(boris, "After the copy"), equals=2)
            assert await count(boris, "And another thing") == 0
            assert await count(boris, "Anybody?") == 1


@asynccontextmanager
async def restored(restore: Restore, copy: Path) -> AsyncIterator[str]:
    """A new machine's Redis with what the copy holds."""
    with tempfile.TemporaryDirectory(prefix="onduty-") as folder:
        server = await restore(copy, Path(folder))
        try:
            yield server.url
        finally:
            with suppress(AssertionError):
                server.kill()


def push(url: str, customer: str, text: str) -> None:
    """Let a customer write; the same text is the same message."""
    message_id = "".join(letter for letter in customer + text if letter.isalnum())
    with SupportDesk(url) as backend:
        backend.notify(
            CustomerMessage(
                id=message_id,
                text=text,
                conversation_id=customer,
                customer_name=customer,
                recipient="The Shop",
            )
        )


async def card(phone: Phone, first: str, buttons: list[str]) -> ChatMessage:
    return await phone.wait_for(
        lambda m: m.text.startswith(first) and m.button_texts == buttons and not m.deleted
    )


async def count(phone: Phone, text: str) -> int:
    """Count the messages of the bot in which it stands, those that are gone too."""
    return sum(text in one.text for one in await phone.messages() if one.from_bot)


async def _is_written(redis: Redis, progress: str) -> None:
    async def is_over() -> bool:
        return bool((await redis.info("persistence"))[progress] == 0)

    await until(is_over)
