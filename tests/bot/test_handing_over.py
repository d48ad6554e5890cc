"""SIGTERM at the bot that reads: another reads at once, not after the lease has run out."""

import asyncio
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from redis.asyncio import Redis

from bot.phones import answers, ask
from onduty_bot.updates.poller_lease import LEASE_S
from onduty_desk.model.bot_keys import POLLER
from onduty_desk.model.keys import PROCESS_IDS
from onduty_sandbox.client import Phone, Sandbox
from waiting import GENEROUS_S, until

AT_ONCE_S = 2.0
"""A bot that waits looks each second."""


@pytest.fixture
async def two(
    service_environment: dict[str, str], redis: Redis
) -> AsyncIterator[tuple[Process, Process]]:
    """A bot process that reads, and one that waits."""
    async with AsyncExitStack() as stack:
        reader = await stack.enter_async_context(bot(service_environment))
        await until(lambda: redis.exists(POLLER), equals=1)
        waiting = await stack.enter_async_context(bot(service_environment))
        await until(lambda: redis.zcard(PROCESS_IDS), equals=2)
        yield reader, waiting


async def test_another_reads_at_once(two: tuple[Process, Process], anna: Phone) -> None:
    """What is written meanwhile is answered within two seconds, and once."""
    await ask(anna, "/start")
    two[0].send_signal(signal.SIGTERM)
    async with asyncio.timeout(GENEROUS_S):
        await two[0].wait()
    asked_at = time.monotonic()
    await ask(anna, "/help")
    assert time.monotonic() - asked_at < AT_ONCE_S < LEASE_S / 2
    assert len(await answers(anna)) == 2


async def test_another_reads_while_the_first_finishes(
    two: tuple[Process, Process], known_anna: Phone, redis: Redis, sandbox: Sandbox
) -> None:
    """An answer that takes long keeps nobody else's tap waiting."""
    reader = await redis.get(POLLER)
    await sandbox.fault("slow", method="sendMessage", delay_s=4)
    await known_anna.send("/start")

    async def is_answering() -> bool:
        return len(await sandbox.log(method="sendMessage")) == 1

    await until(is_answering)
    two[0].send_signal(signal.SIGTERM)
    signalled_at = time.monotonic()

    async def is_handed_over() -> bool:
        return await redis.get(POLLER) not in {None, reader}

    await until(is_handed_over)
    assert time.monotonic() - signalled_at < AT_ONCE_S
    assert two[0].returncode is None
    async with asyncio.timeout(GENEROUS_S):
        assert await two[0].wait() == 0
    await known_anna.wait_for("Welcome")


@asynccontextmanager
async def bot(environment: dict[str, str]) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "onduty_bot"), env=environment, cwd="/", stderr=DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
