"""A SOCKS proxy, with the extra `onduty-desk[socks]`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from telegram.ext import ExtBot
from yarl import URL

from onduty_desk.model.keys import ChatId
from onduty_desk.telegram.outcomes import NotTaken, Outcome, Sent, outcome_of
from onduty_desk.telegram.proxy import find_proxy
from onduty_desk.telegram.sending import Text, send_text
from onduty_desk.telegram.transport import AiohttpRequest
from raw_server import answering, told

SENT = {"ok": True, "result": {"message_id": 7}}


@asynccontextmanager
async def socks(target: str, *, agrees: bool = True) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Run a SOCKS 5 server that asks for no password and goes to one target."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, methods = await reader.readexactly(2)
        await reader.readexactly(methods)
        writer.write(b"\x05\x00")
        await reader.readexactly(4)
        host = await reader.readexactly((await reader.readexactly(1))[0])
        await reader.readexactly(2)
        asked.append(host)
        writer.write(b"\x05" + (b"\x00" if agrees else b"\x02") + b"\x00\x01" + bytes(6))
        await writer.drain()
        if agrees:
            url = URL(target)
            from_target, to_target = await asyncio.open_connection(url.host, url.port)
            to_target.write(await reader.readuntil(b"\r\n\r\n"))
            to_target.write(await reader.read(65536))
            writer.write(await from_target.read())
            await writer.drain()
            to_target.close()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"socks5h://127.0.0.1:{listening.sockets[0].getsockname()[1]}", asked
    finally:
        listening.close()


async def sent_by(proxy: str) -> Outcome:
    api_url = "http://telegram.example"
    request = AiohttpRequest(read_timeout_s=2, proxy=find_proxy(api_url, proxy, {}))
    bot = ExtBot[Any]("42:a-token", base_url=f"{api_url}/bot", request=request)
    await request.initialize()
    try:
        return await outcome_of(send_text(bot, ChatId(1), Text("Hello"), is_paid=False))
    finally:
        await request.shutdown()


async def test_what_is_sent_goes_by_the_socks_proxy() -> None:
    """The proxy is asked for the host by name: it is not looked up here."""
    async with answering(told(SENT)) as server, socks(server.url) as (proxy, asked):
        assert await sent_by(proxy) == Sent(7)
        assert asked == [b"telegram.example"]


async def test_a_socks_proxy_that_refuses_took_nothing(free_port: int) -> None:
    """Nor one that is away."""
    async with socks("", agrees=False) as (proxy, _):
        assert type(await sent_by(proxy)) is NotTaken
    assert type(await sent_by(f"socks5://127.0.0.1:{free_port}")) is NotTaken
