"""Telegram's calls: who may call, what is refused, and that replicas share the work."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from redis.asyncio import Redis

from bot.phones import Running, Settings, answers, ask, next_answer
from onduty_bot.service import serve
from onduty_bot.updates.idle_connections import MOST_IDLE
from onduty_bot.updates.webhook import LARGEST_BODY, SECRET_HEADER, PortTaken
from onduty_desk.failures.failures import Failures
from onduty_desk.model.bot_keys import HEARD, UPDATE_CHATS
from onduty_desk.telegram.bot import Bot
from onduty_sandbox.client import Phone
from ports import free_port
from waiting import until

SECRET = {SECRET_HEADER: "the-secret"}


@asynccontextmanager
async def listening(running: Running, port: int, **others: object) -> AsyncIterator[str]:
    url = f"http://127.0.0.1:{port}/telegram"
    async with running(webhook_url=url, webhook_secret="the-secret", webhook_port=port, **others):
        async with aiohttp.ClientSession() as session:

            async def answers_there() -> bool:
                try:
                    async with session.get(url) as answer:
                        return answer.status == 405
                except aiohttp.ClientConnectionError:
                    return False

            await until(answers_there)
        yield url


@pytest.fixture
def other_free_port() -> int:
    return free_port()


async def test_updates_come_by_webhook(
    anna: Phone, running: Running, free_port: int, telegram: Bot
) -> None:
    """With an address of its own the bot is called instead of asking."""
    async with listening(running, free_port) as url:
        assert (await ask(anna, "/on")).startswith("Enter team secret phrase:")
        assert (await ask(anna, "open sesame")).startswith("You've started receiving messages")
        info = await telegram.get_webhook_info()

    assert info.url == url
    assert set(info.allowed_updates) == {
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
    }


@pytest.mark.parametrize("headers", [{}, {SECRET_HEADER: "guess"}, {SECRET_HEADER: "süß"}])
async def test_without_the_secret_nothing_is_taken(
    running: Running, free_port: int, redis: Redis, headers: dict[str, str]
) -> None:
    """Nobody but Telegram can speak for an operator."""
    async with listening(running, free_port) as url:
        assert await post(url, b'{"update_id": 1}', headers) == 403
    assert not await redis.exists(UPDATE_CHATS)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff",
        b"[]",
        b'{"update_id": "1"}',
        b'{"update_id": true}',
        b'{"update_id": 1e400}',
        b'{"update_id": %d}' % 10**400,
        b'{"update_id": ' + b"9" * 5_000 + b"}",
        b"[" * 100_000,
    ],
)
async def test_what_is_no_update_is_confirmed_and_set_aside(
    running: Running, free_port: int, redis: Redis, body: bytes
) -> None:
    """Telegram would repeat it for ever; it stands in the failed list, once, without its words."""
    async with listening(running, free_port) as url:
        assert await post(url, body, SECRET) == 200
        assert await post(url, body, SECRET) == 200
        assert await post(url, b'{"update_id": 1}', SECRET) == 200
    [failure] = (await Failures(redis).all()).values()
    assert failure["kind"] == "update"


async def test_an_update_with_odd_characters_and_numbers_is_handled(
    anna: Phone, running: Running, free_port: int
) -> None:
    """What people write may be no UTF-8 by the time it comes, and a number endless."""
    asked = {
        "update_id": 7,
        "message": {
            "message_id": 3,
            "date": 1,
            "chat": {"id": 101, "type": "private"},
            "from": {"id": 101, "is_bot": False, "first_name": "ODD"},
            "text": "/queue",
            "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
            "endless": 1,
        },
    }
    body = (
        json.dumps(asked)
        .encode()
        .replace(b"ODD", b"A\xff")
        .replace(b'": 1}}', b'": 1%s}}' % (b"0" * 5_000))
    )
    async with listening(running, free_port) as url:
        await ask(anna, "/start")
        assert await post(url, body, SECRET) == 200
        await anna.wait_for("You are off duty. Send /on to start receiving messages.")


async def test_a_body_too_large_for_an_update_is_refused(
    running: Running, free_port: int, redis: Redis
) -> None:
    """Nobody fills the memory, and the bot goes on."""
    async with listening(running, free_port) as url:
        assert await post(url, b"x" * (LARGEST_BODY + 1), SECRET) == 413
        assert await post(url, b'{"update_id": 1}', SECRET) == 200
        await until(lambda: redis.exists(HEARD))


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


async def test_it_says_that_it_is_alive(running: Running, free_port: int) -> None:
    """A load balancer asks without the secret, and hears nothing else."""
    async with (
        listening(running, free_port) as url,
        aiohttp.ClientSession() as session,
        session.get(url.replace("/telegram", "/livez")) as answer,
    ):
        assert (answer.status, await answer.text()) == (200, "alive\n")


@pytest.mark.parametrize(
    ("given", "heard"),
    [({}, "nowhere else"), ({"webhook_host": "0.0.0.0"}, "everywhere")],  # noqa: S104 - the setting under test
)
async def test_it_listens_where_it_is_told(
    running: Running, free_port: int, given: dict[str, str], heard: str
) -> None:
    """On this machine alone unless set otherwise: nobody opens a port by accident."""
    async with listening(running, free_port, **given):
        try:
            _, writer = await asyncio.open_connection("127.0.0.2", free_port)
        except ConnectionRefusedError:
            assert heard == "nowhere else"
        else:
            writer.transport.abort()
            assert heard == "everywhere"


async def test_two_replicas_answer_an_update_once(
    anna: Phone, running: Running, free_port: int, other_free_port: int
) -> None:
    """The same update delivered to both is answered once."""
    anna_json = {"id": 101, "is_bot": False, "first_name": "Anna"}
    update = {
        "update_id": 7,
        "message": {
            "message_id": 1,
            "date": 0,
            "chat": {"id": 101, "type": "private", "first_name": "Anna"},
            "from": anna_json,
            "text": "/start",
            "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
        },
    }
    async with (
        listening(running, free_port) as url,
        listening(running, other_free_port) as other,
    ):
        await ask(anna, "/help")
        for address in (url, other, url, other):
            assert await post(address, json.dumps(update).encode(), SECRET) == 200
        await next_answer(anna, 1)
        await ask(anna, "/status")

    assert [text.split()[0] for text in await answers(anna)] == ["Send", "Welcome", "You"]


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
async def test_an_address_of_another_machine_is_told_in_one_sentence(
    settings: Settings, free_port: int, host: str
) -> None:
    """It says which setting to change."""
    url = f"http://127.0.0.1:{free_port}/telegram"
    other = settings(
        webhook_url=url, webhook_secret="the-secret", webhook_port=free_port, webhook_host=host
    )
    with pytest.raises(PortTaken, match="set ONDUTY_WEBHOOK_HOST to an address of this machine"):
        await serve(other)


async def test_a_taken_port_is_told_in_one_sentence(
    running: Running, settings: Settings, free_port: int
) -> None:
    """Two programs cannot listen on one port; the bot says which setting to change."""
    async with listening(running, free_port) as url:
        other = settings(webhook_url=url, webhook_secret="the-secret", webhook_port=free_port)
        with pytest.raises(PortTaken, match="set ONDUTY_WEBHOOK_PORT to another"):
            await serve(other)


async def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=io.BytesIO(body), headers=headers) as answer,
    ):
        return answer.status


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
