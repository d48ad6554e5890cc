"""TLS around a wire of either way."""

import ssl

from onduty.ways import CHUNK, Wire


class TlsWire:
    """What is sent over it is encrypted; call `shake_hands` first."""

    def __init__(self, wire: Wire, context: ssl.SSLContext, host: str) -> None:
        self._wire = wire
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)

    async def shake_hands(self, until: float) -> None:
        """Learn who the other side is; raises `OSError`, an `ssl.SSLError` if it is not right."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._more(until)
            except ssl.SSLError:
                await self._flush(until)  # tells the other side why
                raise
            else:
                return await self._flush(until)

    async def send(self, data: bytes, until: float) -> None:
        """Send all of it."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._tls.write(rest) :]
        await self._flush(until)

    async def receive(self, until: float) -> bytes:
        """Return what has come, nothing at the end."""
        while True:
            try:
                return self._tls.read(CHUNK)
            except ssl.SSLWantReadError:
                await self._more(until)
            except ssl.SSLZeroReturnError:
                return b""

    def close(self) -> None:
        """Give the socket back."""
        self._wire.close()

    async def _more(self, until: float) -> None:
        await self._flush(until)
        data = await self._wire.receive(until)
        if not data:
            raise ConnectionResetError("the connection was closed")
        self._incoming.write(data)

    async def _flush(self, until: float) -> None:
        if data := self._outgoing.read():
            await self._wire.send(data, until)
