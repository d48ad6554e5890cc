"""Measures that `timeout_s` bounds every call: a thousand threads and tasks on one desk.

Run it with: PYTHONPATH=tests .venv/bin/python -m client.limits
"""

import asyncio
import contextlib
import socket
import tempfile
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from onduty import AsyncSupportDesk, CustomerMessage, DeskUnavailable, SupportDesk
from servers import Valkey

CALLERS = 1_000
LIMIT_S = 2.0
ANSWERS_AFTER_S = 0.1

Took = tuple[float, str]


def a_message() -> CustomerMessage:
    return CustomerMessage(text="Hello", customer_name="Alice", recipient="The Shop")


def by_threads(url: str, rounds: int = 1) -> list[Took]:
    """Let a thousand threads push at once; return how long each call took, and what came of it."""
    desk = SupportDesk(url, timeout_s=LIMIT_S)
    start = threading.Barrier(CALLERS)
    took: list[Took] = []

    def push() -> None:
        messages = [a_message() for _ in range(rounds)]
        start.wait()
        for message in messages:
            began = time.monotonic()
            try:
                desk.notify(message)
                came = "accepted"
            except DeskUnavailable:
                came = "unavailable"
            took.append((time.monotonic() - began, came))

    threads = [threading.Thread(target=push) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    desk.disconnect()
    return took


async def by_tasks(url: str, rounds: int = 1) -> tuple[list[Took], float]:
    """The same with tasks of one loop, and how long an unrelated look-up took meanwhile."""
    took: list[Took] = []

    async def push(desk: AsyncSupportDesk) -> None:
        for message in [a_message() for _ in range(rounds)]:
            began = time.monotonic()
            try:
                await desk.notify(message)
                came = "accepted"
            except DeskUnavailable:
                came = "unavailable"
            took.append((time.monotonic() - began, came))

    async with AsyncSupportDesk(url, timeout_s=LIMIT_S) as desk:
        pushing = [asyncio.create_task(push(desk)) for _ in range(CALLERS)]
        await asyncio.sleep(0)
        began = time.monotonic()
        await asyncio.get_running_loop().getaddrinfo("localhost", 80)
        looked_up_s = time.monotonic() - began
        await asyncio.gather(*pushing)
    return took, looked_up_s


@contextlib.asynccontextmanager
async def slow(path: str, after_s: float = ANSWERS_AFTER_S) -> AsyncIterator[str]:
    """A Redis on a socket, whose every answer comes this much later."""

    async def serve(asking: asyncio.StreamReader, answered: asyncio.StreamWriter) -> None:
        answers, commands = await asyncio.open_unix_connection(path)

        async def ask() -> None:
            while data := await asking.read(65_536):
                commands.write(data)
            commands.close()

        async def answer() -> None:
            while data := await answers.read(65_536):
                await asyncio.sleep(after_s)
                answered.write(data)

        try:
            await asyncio.gather(ask(), answer(), return_exceptions=True)
        finally:
            answered.close()
            commands.close()

    serving: list[asyncio.Task[None]] = []

    def begin(asking: asyncio.StreamReader, answered: asyncio.StreamWriter) -> None:
        serving.append(asyncio.create_task(serve(asking, answered)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0, backlog=CALLERS)
    yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for one in serving:
        one.cancel()
    await asyncio.gather(*serving, return_exceptions=True)
    await asyncio.sleep(0)  # the sockets are closed now


@contextlib.contextmanager
def in_a_thread(server: Callable[[], contextlib.AbstractAsyncContextManager[str]]) -> Iterator[str]:
    """Serve from a thread of its own."""
    url: list[str] = []
    ready, done = threading.Event(), threading.Event()

    async def serve() -> None:
        async with server() as at:
            url.append(at)
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait()
    yield url[0]
    done.set()
    thread.join()


@contextlib.contextmanager
def hung_sentinels(count: int = 3) -> Iterator[str]:
    """Take connections, and answer nothing."""
    with contextlib.ExitStack() as open_:
        servers = [
            open_.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        hosts = ",".join(f"127.0.0.1:{server.getsockname()[1]}" for server in servers)
        yield f"redis+sentinel://{hosts}/master"


def tell(name: str, took: list[Took], looked_up_s: float | None = None) -> None:
    """Print one row."""
    times = sorted(seconds for seconds, _ in took)
    median, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
    more = "" if looked_up_s is None else f"  getaddrinfo {looked_up_s:.3f}"
    came = dict(Counter(came for _, came in took))
    print(f"{name:28} p50 {median:.2f}  p99 {p99:.2f}  most {times[-1]:.2f}  {came}{more}")  # noqa: T201 - the measurement


def main() -> None:
    """Print a row for each Redis and each kind of caller."""
    with tempfile.TemporaryDirectory(prefix="onduty-") as folder:
        valkey = Valkey(Path(folder), "--maxclients", "5000")
        valkey.start()
        path = valkey.url.removeprefix("unix://")
        tell("healthy, threads", by_threads(valkey.url, rounds=3))
        tell("healthy, tasks", *asyncio.run(by_tasks(valkey.url, rounds=3)))
        with in_a_thread(lambda: slow(path)) as url:
            tell("slow, threads", by_threads(url))
            tell("slow, tasks", *asyncio.run(by_tasks(url)))
        valkey.freeze()
        tell("frozen, threads", by_threads(valkey.url))
        tell("frozen, tasks", *asyncio.run(by_tasks(valkey.url)))
        valkey.thaw()
        with hung_sentinels() as url:
            tell("hung sentinels, threads", by_threads(url))
            tell("hung sentinels, tasks", *asyncio.run(by_tasks(url)))
        valkey.kill()


if __name__ == "__main__":
    main()
