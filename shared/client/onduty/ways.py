"""Two ways to wait for Redis, for threads and for asyncio, behind one interface.

What is said to Redis is written once, in `onduty.links`, with `await`. A blocking way never
suspends, so `run_blocking` runs that to its end in the thread that calls it.
"""

import asyncio
import contextlib
import socket
import threading
import time
from collections import deque
from collections.abc import Coroutine, Iterator
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from onduty.names import Found

if TYPE_CHECKING:
    from concurrent.futures import Future

_Result = TypeVar("_Result")
CHUNK = 65_536


class Wire(Protocol):
    """A connected socket. Each call raises `OSError`, a `TimeoutError` if `until` has passed."""

    async def send(self, data: bytes, until: float) -> None:
        """Send all of it."""

    async def receive(self, until: float) -> bytes:
        """Return what has come, nothing at the end."""

    def close(self) -> None:
        """Give the socket back."""


class Way(Protocol):
    """How to wait. Moments are those of `time.monotonic`."""

    async def take_turn(self, until: float) -> None:
        """Wait until there are not too many at once; raises `TimeoutError`."""

    def give_turn(self) -> None:
        """Let the next one go on."""

    async def found(self, asked: "Future[Found]", until: float) -> Found:
        """Wait for addresses."""

    async def connect(self, family: int, address: Any, until: float) -> Wire:
        """Connect to one address."""


def run_blocking(saying: Coroutine[Any, Any, _Result]) -> _Result:
    """Run what waits in blocking ways only."""
    try:
        saying.send(None)
    except StopIteration as done:
        result: _Result = done.value
        return result
    saying.close()
    raise RuntimeError("a blocking way must not suspend")


def left(until: float) -> float:
    """Return the seconds that are left; raises `TimeoutError` if there are none."""
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


class _Socket(socket.socket):
    """Closes in silence when nobody has it any more: a desk need not be given back."""

    def __del__(self) -> None:
        self.close()


def _socket(family: int) -> _Socket:
    opened = _Socket(family, socket.SOCK_STREAM)
    if family != getattr(socket, "AF_UNIX", None):
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


class Blocking:
    """For threads: as many at once as told, the others in the order in which they came."""

    def __init__(self, most_at_once: int) -> None:
        self._free = most_at_once
        self._waiting: deque[threading.Lock] = deque()
        self._lock = threading.Lock()

    async def take_turn(self, until: float) -> None:
        """Wait for a turn; it is passed from hand to hand, so that nobody overtakes."""
        with self._lock:
            if self._free:
                self._free -= 1
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        try:
            if mine.acquire(timeout=left(until)):
                return
        except BaseException:
            self._leave(mine)
            raise
        self._leave(mine)
        raise TimeoutError

    def give_turn(self) -> None:
        """Give it to who waits longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1

    def _leave(self, mine: threading.Lock) -> None:
        with self._lock:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return
        self.give_turn()  # it was given to us in this very moment

    async def found(self, asked: "Future[Found]", until: float) -> Found:
        """Wait for addresses."""
        return asked.result(left(until))

    async def connect(self, family: int, address: Any, until: float) -> Wire:
        """Connect to one address."""
        opened = _socket(family)
        with _closed_if_it_fails(opened):
            opened.settimeout(left(until))
            opened.connect(address)
        return _BlockingWire(opened)


class _BlockingWire:
    def __init__(self, opened: socket.socket) -> None:
        self._socket = opened

    async def send(self, data: bytes, until: float) -> None:
        self._socket.settimeout(left(until))
        self._socket.sendall(data)

    async def receive(self, until: float) -> bytes:
        self._socket.settimeout(left(until))
        return self._socket.recv(CHUNK)

    def close(self) -> None:
        self._socket.close()


class Looping:
    """For one event loop: tasks wait, and neither the loop nor its shared threads do."""

    def __init__(self, most_at_once: int) -> None:
        self._turns = asyncio.Semaphore(most_at_once)

    async def take_turn(self, until: float) -> None:
        """Wait for a turn."""
        if not self._turns.locked():
            await self._turns.acquire()
            return
        async with asyncio.timeout(left(until)):
            await self._turns.acquire()

    def give_turn(self) -> None:
        """Give it to who waits longest."""
        self._turns.release()

    async def found(self, asked: "Future[Found]", until: float) -> Found:
        """Wait for addresses."""
        async with asyncio.timeout(left(until)):
            return await asyncio.wrap_future(asked)

    async def connect(self, family: int, address: Any, until: float) -> Wire:
        """Connect to one address."""
        opened = _socket(family)
        with _closed_if_it_fails(opened):
            opened.settimeout(0)
            async with asyncio.timeout(left(until)):
                await asyncio.get_running_loop().sock_connect(opened, address)
        return _LoopingWire(opened)


class _LoopingWire:
    def __init__(self, opened: socket.socket) -> None:
        self._socket = opened

    async def send(self, data: bytes, until: float) -> None:
        sent = 0
        with contextlib.suppress(BlockingIOError):
            sent = self._socket.send(data)  # most often all of it, at once
        if sent < len(data):
            async with asyncio.timeout(left(until)):
                await asyncio.get_running_loop().sock_sendall(self._socket, data[sent:])

    async def receive(self, until: float) -> bytes:
        async with asyncio.timeout(left(until)):
            return await asyncio.get_running_loop().sock_recv(self._socket, CHUNK)

    def close(self) -> None:
        self._socket.close()


@contextlib.contextmanager
def _closed_if_it_fails(opened: socket.socket) -> Iterator[None]:
    try:
        yield
    except BaseException:
        opened.close()
        raise
