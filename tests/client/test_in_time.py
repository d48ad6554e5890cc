"""`timeout_s` bounds the whole call: whoever calls, however many, whatever Redis does.

The limits of these tests are wide, because machines are busy; `client.limits` measures.
"""

import asyncio
import multiprocessing
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from redis import Redis

from onduty import (
    AsyncSupportDesk,
    CustomerMessage,
    DeskUnavailable,
    SupportDesk,
)
from onduty.redis_client import MOST_AT_ONCE
from servers import Valkey

from .limits import a_message, hung_sentinels, in_a_thread, slow

LIMIT_S = 1.0
SURELY_S = 10 * LIMIT_S
"""More than a busy machine adds, and less than callers one behind the other would take."""


def outcome(call: Callable[[], object]) -> str:
    try:
        call()
    except DeskUnavailable:
        return "unavailable"
    return "accepted"


def by_threads(desk: SupportDesk, count: int) -> Counter[str]:
    start = threading.Barrier(count)

    def push(message: CustomerMessage) -> str:
        start.wait()
        return outcome(lambda: desk.notify(message))

    with ThreadPoolExecutor(count) as threads:
        return Counter(threads.map(push, [a_message() for _ in range(count)]))


async def by_tasks(desk: AsyncSupportDesk, count: int) -> Counter[str]:
    came = await asyncio.gather(
        *(desk.notify(a_message()) for _ in range(count)), return_exceptions=True
    )
    return Counter("accepted" if isinstance(one, str) else type(one).__name__ for one in came)


async def test_a_healthy_redis_takes_what_many_callers_push(own_valkey: Valkey) -> None:
    """More callers than connections wait for their turn; none is told that the desk is away."""
    many = 3 * MOST_AT_ONCE
    assert by_threads(SupportDesk(own_valkey.url, timeout_s=30), many) == {"accepted": many}
    async with AsyncSupportDesk(own_valkey.url, timeout_s=30) as desk:
        assert await by_tasks(desk, many) == {"accepted": many}
    store = Redis.from_url(own_valkey.url)
    assert store.zcard("onduty:accepted") == 2 * many
    assert store.info("stats")["total_connections_received"] < 3 * MOST_AT_ONCE


async def test_a_frozen_redis_costs_nobody_more_than_the_limit(own_valkey: Valkey) -> None:
    """Nor does anything else of the program wait, such as the look-up of another name."""
    threads = SupportDesk(own_valkey.url, timeout_s=LIMIT_S)
    desk = AsyncSupportDesk(own_valkey.url, timeout_s=LIMIT_S)
    own_valkey.freeze()
    many = 3 * MOST_AT_ONCE
    began = time.monotonic()
    assert by_threads(threads, many) == {"unavailable": many}
    assert time.monotonic() - began < SURELY_S
    pushing = asyncio.create_task(by_tasks(desk, many))
    await asyncio.sleep(0)
    await asyncio.get_running_loop().getaddrinfo("127.0.0.1", 80)
    assert not pushing.done()
    assert await pushing == {"DeskUnavailable": many}
    assert time.monotonic() - began < 2 * SURELY_S
    own_valkey.thaw()
    assert await desk.notify(a_message())
    assert threads.notify(a_message())


async def test_a_redis_that_answers_slowly_is_waited_for(own_valkey: Valkey) -> None:
    """As long as the limit, and not longer, however many answers a call needs."""
    path = own_valkey.url.removeprefix("unix://")
    with in_a_thread(lambda: slow(path, after_s=0.4 * SURELY_S)) as url:
        assert SupportDesk(f"{url}/1", timeout_s=3 * SURELY_S).notify(a_message())
        assert outcome(lambda: SupportDesk(f"{url}/1", timeout_s=LIMIT_S).ping()) == "unavailable"


@contextmanager
def refusing_sentinels(port: int) -> Iterator[str]:
    yield f"redis+sentinel://127.0.0.1:{port},127.0.0.1:{port},127.0.0.1:{port}/master"


@pytest.mark.parametrize("kind", ["refuse", "hang"])
async def test_sentinels_that_refuse_or_hang_are_an_outage_in_time(
    kind: str, free_port: int
) -> None:
    """All three together take no longer than one Redis would."""
    with hung_sentinels() if kind == "hang" else refusing_sentinels(free_port) as url:
        began = time.monotonic()
        assert outcome(lambda: SupportDesk(url, timeout_s=LIMIT_S).notify(a_message())) == (
            "unavailable"
        )
        with pytest.raises(DeskUnavailable):
            await AsyncSupportDesk(url, timeout_s=LIMIT_S).notify(a_message())
        assert time.monotonic() - began < SURELY_S


def test_a_name_that_is_not_found_in_time_holds_up_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A resolver that hangs: not the callers, nor the look-ups of others on their loop."""
    answer = threading.Event()
    real = socket.getaddrinfo

    def hang(host: str, *arguments: Any, **more: Any) -> Any:
        if host == "redis.example" and not more.get("flags"):
            answer.wait()
            raise OSError("no such name")
        return real(host, *arguments, **more)

    async def push() -> Counter[str]:
        desk = AsyncSupportDesk("redis://redis.example", timeout_s=0.2)
        came = await by_tasks(desk, 3 * MOST_AT_ONCE)
        await asyncio.get_running_loop().getaddrinfo("localhost", 80)
        return came

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    try:
        assert by_threads(SupportDesk("redis://redis.example", timeout_s=0.2), 20) == {
            "unavailable": 20
        }
        assert asyncio.run(push()) == {"DeskUnavailable": 3 * MOST_AT_ONCE}
    finally:
        answer.set()


def test_a_name_that_there_is_not_is_an_outage() -> None:
    """It may be the name server that is away."""
    with pytest.raises(DeskUnavailable, match="push it again"):
        SupportDesk(f"redis://{'x' * 70}.example").notify(a_message())


async def test_a_cancelled_call_leaves_the_desk_as_it_was(own_valkey: Valkey) -> None:
    """A backend's own time-out: its connection is not used for another call's answer."""
    desk = AsyncSupportDesk(own_valkey.url, timeout_s=30)
    await desk.ping()
    own_valkey.freeze()
    calls = [asyncio.create_task(desk.notify(a_message())) for _ in range(2 * MOST_AT_ONCE)]
    await asyncio.sleep(0.1)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    own_valkey.thaw()
    sent = a_message()
    assert await desk.notify(sent) == sent.id
    await desk.ping()


def test_an_async_desk_serves_one_loop_after_the_other(backends_url: str) -> None:
    """A backend that runs each request in a loop of its own builds its desk once."""
    desk = AsyncSupportDesk(backends_url)
    for _ in range(3):
        assert asyncio.run(desk.notify(a_message()))


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_desk_built_before_a_fork_serves_the_children(own_valkey: Valkey) -> None:
    """As web servers do; parent and children never read one another's answers."""
    desk = SupportDesk(own_valkey.url)
    desk.notify(a_message())

    def push() -> None:
        for _ in range(50):
            desk.notify(a_message())

    children = [multiprocessing.get_context("fork").Process(target=push) for _ in range(3)]
    for child in children:
        child.start()
    push()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0, 0]
    assert Redis.from_url(own_valkey.url).zcard("onduty:accepted") == 201
