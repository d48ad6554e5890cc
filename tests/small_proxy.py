"""A proxy as companies have one: it asks for a password, passes requests on, opens tunnels."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from yarl import URL

from onduty_desk.process.cancellation import cancel

USER, PASSWORD = "anna", "p@ss word"
_WANTED = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@dataclass
class SmallProxy:
    """Whatever host it is asked for, it goes to `target`."""

    target: tuple[str, int]
    refuses: bytes = b""
    """The answer given instead of a tunnel."""
    port: int = 0
    asked: list[str] = field(default_factory=list)
    """The first lines of what it was asked."""
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Its address, with the password."""
        address = URL.build(scheme="http", host="127.0.0.1", port=self.port)
        return str(address.with_user(USER).with_password(PASSWORD))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            self.serving.add(task)
        # Ended at the end, without a word: asyncio's streams complain about a cancelled one.
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = await reader.readuntil(b"\r\n\r\n")
            first = head.split(b"\r\n")[0].decode()
            self.asked.append(first)
            if f"Proxy-Authorization: Basic {_WANTED}".encode() not in head:
                writer.write(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
            elif self.refuses:
                writer.write(self.refuses)
            else:
                await self._pass_on(head, first.split()[0] == "CONNECT", reader, writer)
            await writer.drain()
        writer.close()

    async def _pass_on(
        self,
        head: bytes,
        is_tunnel: bool,  # noqa: FBT001 - its one caller is above
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        from_target, to_target = await asyncio.open_connection(*self.target)
        if is_tunnel:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            method, url, rest = head.split(b" ", 2)
            to_target.write(b" ".join((method, URL(url.decode()).raw_path_qs.encode(), rest)))
        copying = {
            asyncio.create_task(_copy(reader, to_target)),
            asyncio.create_task(_copy(from_target, writer)),
        }
        try:
            await asyncio.wait(copying, return_when=asyncio.FIRST_COMPLETED)
        finally:
            to_target.close()
            await cancel(*copying, again_after_s=1)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()


@asynccontextmanager
async def proxying(target_url: str) -> AsyncIterator[SmallProxy]:
    """Run one in front of a server."""
    url = URL(target_url)
    proxy = SmallProxy((url.host or "", url.port or 0))
    listening = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = listening.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listening.close()
        for task in proxy.serving:
            task.cancel()
        await asyncio.gather(*proxy.serving)
