"""What stands before several webhook replicas: each call goes to the next of them."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import cycle

from aiohttp import ClientConnectionError, ClientSession, web

from ports import free_port


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that nothing listens on."""
    return [free_port() for _ in range(count)]


class Balancer:
    """Takes turns; a replica that is not there is passed over, and 502 if none is."""

    def __init__(self, session: ClientSession, ports: Sequence[int]) -> None:
        self.url = ""
        self.taken: Counter[int] = Counter()
        self._session = session
        self._count = len(ports)
        self._turns = cycle(ports)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        for _ in range(self._count):
            port = next(self._turns)
            url = f"http://127.0.0.1:{port}{request.path}"
            headers = {**request.headers, "Host": f"127.0.0.1:{port}"}
            try:
                async with self._session.post(url, data=body, headers=headers) as answer:
                    self.taken[port] += 1
                    return web.Response(status=answer.status)
            except (ClientConnectionError, TimeoutError):
                continue
        return web.Response(status=502)


@asynccontextmanager
async def running_balancer(ports: Sequence[int]) -> AsyncIterator[Balancer]:
    """Serve one until the block ends; what Telegram is to call is its `url`."""
    async with ClientSession() as session:
        balancer = Balancer(session, ports)
        app = web.Application()
        app.router.add_post("/telegram", balancer.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        balancer.url = f"http://127.0.0.1:{runner.addresses[0][1]}/telegram"
        try:
            yield balancer
        finally:
            await runner.cleanup()
