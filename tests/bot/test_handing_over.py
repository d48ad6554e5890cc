"""SIGTERM at the bot that reads: another reads at once, not after the lease has run out."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.phones import answers, ask
from onduty_bot.updates.poller_lease import LEASE_S
from onduty_desk.model.bot_keys import POLLER
from onduty_desk.model.keys import PROCESS_IDS
from onduty_sandbox.client import Phone, Sandbox
from services import Service, start_service
from waiting import until

AT_ONCE_S = 2.0
"""A bot that waits looks each second."""


@pytest.fixture
async def two(
    service_environment: dict[str, str], redis: Redis, tmp_path: Path
) -> AsyncIterator[tuple[Service, Service]]:
    """A bot process that reads, and one that waits."""
    async with AsyncExitStack() as stack:
        reader = await stack.enter_async_context(bot(service_environment, tmp_path))
        await until(lambda: redis.exists(POLLER), equals=1)
        waiting = await stack.enter_async_context(bot(service_environment, tmp_path))
        await until(lambda: redis.zcard(PROCESS_IDS), equals=2)
        yield reader, waiting


async def test_another_reads_at_once(two: tuple[Service, Service], anna: Phone) -> None:
    """What is written meanwhile is answered within two seconds, and once."""
    await ask(anna, "/start")
    await two[0].terminate()
    asked_at = time.monotonic()
    await ask(anna, "/help")
    assert time.monotonic() - asked_at < AT_ONCE_S < LEASE_S / 2
    assert len(await answers(anna)) == 2


async def test_another_reads_while_the_first_finishes(
    two: tuple[Service, Service], known_anna: Phone, redis: Redis, sandbox: Sandbox
) -> None:
    """An answer that takes long keeps nobody else's tap waiting."""
    reader = await redis.get(POLLER)
    await sandbox.fault("slow", method="sendMessage", delay_s=4)
    await known_anna.send("/start")

    async def is_answering() -> bool:
        return len(await sandbox.log(method="sendMessage")) == 1

    await until(is_answering)
    ending = asyncio.create_task(two[0].terminate())
    signalled_at = time.monotonic()

    async def is_handed_over() -> bool:
        return await redis.get(POLLER) not in {None, reader}

    await until(is_handed_over)
    assert time.monotonic() - signalled_at < AT_ONCE_S
    assert not ending.done()
    assert await ending == 0
    await known_anna.wait_for("Welcome")


@asynccontextmanager
async def bot(environment: dict[str, str], folder: Path) -> AsyncIterator[Service]:
    service = start_service("bot", environment, folder / "bot.log")
    try:
        yield service
    finally:
        if service.returncode is None:
            await service.kill()
