"""A server that answers each request with given bytes, right or wrong."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

GONE: bytes = b""
"""Closes the connection without a word."""


@dataclass
class RawServer:
    """Answers with what `answer` gives for the first line of a request; None: never."""

    answer: Callable[[str], bytes | None]
    url: str = ""
    requests: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._answer_one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        for line in lines:
            name, _, value = line.partition(":")
            if name.lower() == "content-length":
                await reader.readexactly(int(value))
        self.requests.append(first)
        self.heads.append(head)
        answer = self.answer(first)
        if answer is None:
            await reader.read()
            return False
        writer.write(answer)
        await writer.drain()
        return b"keep-alive" in answer


@asynccontextmanager
async def answering(
    answer: bytes | Callable[[str], bytes | None] | None,
) -> AsyncIterator[RawServer]:
    """Run a server that gives every request this answer."""
    server = RawServer(answer if callable(answer) else lambda _: answer)
    listening = await asyncio.start_server(server._serve, "127.0.0.1", 0)  # noqa: SLF001 - its own
    host, port = listening.sockets[0].getsockname()
    server.url = f"http://{host}:{port}"
    try:
        yield server
    finally:
        listening.close()


def page(
    status: int,
    body: bytes = b"<html><h1>Who are you?</h1></html>",
    kind: str = "text/html",
    **headers: str,
) -> bytes:
    """Build an answer of somebody in between."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {kind}"]
    lines += [f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def told(value: object, status: int = 200) -> bytes:
    """Build an answer of JSON, Telegram's own or not."""
    return page(status, json.dumps(value).encode(), "application/json")


def refused(code: int, description: str, **parameters: object) -> bytes:
    """Build one of Telegram's refusals."""
    answer: dict[str, object] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        answer["parameters"] = parameters
    return told(answer, code)


def bomb(size: int) -> bytes:
    """Build a small answer that unpacks to `size` bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(b" " * size) + packer.flush()
    return page(200, packed, "application/json", Content_Encoding="gzip")
