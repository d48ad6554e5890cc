"""Callers who say nothing, or say it slowly: cut off in time, and no update waits for them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from bot.phones import Running
from bot.webhook import SECRET, listening, post
from onduty_bot.updates.idle_connections import MOST_IDLE
from onduty_bot.updates.webhook import SECRET_HEADER
from onduty_desk.model.bot_keys import HEARD
from waiting import until


async def test_thousands_who_say_nothing_keep_no_update_out(
    running: Running, free_port: int, redis: Redis
) -> None:
    """Half a head, a head without its body, nothing at all: a good update is taken at once."""
    path = "POST /telegram HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    starts = (
        b"",
        path.encode(),
        f"{path}Content-Length: 100\r\n\r\n".encode(),
        b"\x16\x03\x01\x02\x00",  # who speaks TLS is no better
        b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    )
    async with listening(running, free_port) as url:
        silent = [await begun(free_port, starts[n % len(starts)]) for n in range(2_000)]
        assert await post(url, b'{"update_id": 1}', SECRET) == 200
        # What they cost is bounded: descriptors stay for those who ask.
        open_yet = [asyncio.create_task(read_all(reader)) for reader, _ in silent]
        await until(lambda: sum(not one.done() for one in open_yet) <= 2 * MOST_IDLE)
        assert await post(url, b'{"update_id": 2}', SECRET) == 200
        for _, writer in silent:
            writer.transport.abort()
        await asyncio.gather(*open_yet)
    assert await redis.exists(HEARD)


@pytest.mark.parametrize(
    "start", [b"", b"POST /telegram HTTP/1.1\r\nHost: x\r\n", b"GET /livez HTTP/1.1\r\n"]
)
async def test_a_head_has_little_time_to_arrive(
    running: Running, free_port: int, monkeypatch: pytest.MonkeyPatch, start: bytes
) -> None:
    """Who connects and does not ask is cut off."""
    async with listening(running, free_port):
        monkeypatch.setattr("onduty_bot.updates.idle_connections.HEAD_WITHIN_S", 0.05)
        async with connected(free_port, start) as (reader, _):
            assert await read_all(reader) == b""


async def test_a_kept_connection_has_little_time_for_its_next_head(
    running: Running, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is used again and again; half a request more does not keep it."""
    ask = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    async with listening(running, free_port), connected(free_port, ask) as (reader, writer):
        assert (await reader.readuntil(b"alive\n")).startswith(b"HTTP/1.1 200")
        monkeypatch.setattr("onduty_bot.updates.idle_connections.KEPT_FOR_S", 0.05)
        writer.write(ask)
        assert (await reader.readuntil(b"alive\n")).startswith(b"HTTP/1.1 200")
        writer.write(ask[:20])
        assert await read_all(reader) == b""


async def test_a_body_has_little_time_to_arrive(
    running: Running, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even of one who knows the secret; Telegram repeats what was cut."""
    monkeypatch.setattr("onduty_bot.updates.webhook.BODY_WITHIN_S", 0.05)
    head = (
        "POST /telegram HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
        f"{SECRET_HEADER}: the-secret\r\n\r\n{{"
    )
    async with (
        listening(running, free_port),
        connected(free_port, head.encode()) as (reader, _),
    ):
        assert (await read_all(reader)).startswith(b"HTTP/1.1 408")


async def test_without_the_secret_the_body_is_not_waited_for(
    running: Running, free_port: int
) -> None:
    """A stranger is told at once, however slowly they go on."""
    head = b"POST /telegram HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
    async with listening(running, free_port), connected(free_port, head) as (reader, _):
        assert (await reader.readline()).startswith(b"HTTP/1.1 403")


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def begun(port: int, start: bytes) -> Connection:
    """Connect, say this much, and no more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(start)
    return reader, writer


@asynccontextmanager
async def connected(port: int, start: bytes) -> AsyncIterator[Connection]:
    """The same, until the block ends."""
    reader, writer = await begun(port, start)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def read_all(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""
