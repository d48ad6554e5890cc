"""Commits what a backend pushes: it and the RQ job that wakes a dispatcher, in one transaction."""

import asyncio
import contextlib
import json
import secrets
import time
import weakref
from collections.abc import Coroutine, Sequence
from concurrent.futures import wait
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from redis.exceptions import RedisError

from onduty.address import parse
from onduty.background import BACKGROUND
from onduty.errors import DeskUnavailable, IdReused
from onduty.message import Priority
from onduty.redis_client import Command, RedisClient
from onduty.refusals import trouble
from onduty.wire import (
    MOST_REPLICAS,
    QUEUES,
    ROUTE,
    RQ_JOB,
    RQ_QUEUE,
    RQ_QUEUES,
    WAITED,
    WAKE_UP_ID,
)

Answer = TypeVar("Answer")

_FAILED_WAKE_UP_KEPT_S = 7 * 24 * 3600
_SHARE_FOR_WAITING = 0.9
"""Of a call's time. The rest is for reporting: a thousand callers may time out at once."""

_SHARE_FOR_REPLICAS = 0.8
"""Of a call's time: too few replicas can then be reported before the deadline."""

_LONGEST_CALL_S = 24 * 3600
_LEAST_KEPT, _LONGEST_KEPT = timedelta(minutes=1), timedelta(days=3650)


@dataclass(frozen=True)
class Request:
    """Commands that are sent together, and the words for an error: what it was, what to do."""

    commands: Sequence[Command]
    what: str
    advice: str


def check_options(timeout_s: object, retention: object, wait_replicas: object) -> None:
    """Return if calls can succeed with these; each would fail as if Redis were away.

    Raises:
        ValueError: with the option's name.
    """
    if not isinstance(timeout_s, int | float) or not 0 < timeout_s <= _LONGEST_CALL_S:
        raise ValueError(f"timeout_s: more than 0 and at most {_LONGEST_CALL_S} seconds")
    if not isinstance(retention, timedelta) or not _LEAST_KEPT <= retention <= _LONGEST_KEPT:
        raise ValueError(
            f"retention: a timedelta of at least a minute and at most {_LONGEST_KEPT.days} days"
        )
    if not isinstance(wait_replicas, int) or not 0 <= wait_replicas <= MOST_REPLICAS:
        raise ValueError(f"wait_replicas: a whole number from 0 to {MOST_REPLICAS}")


SIGN_OF_LIFE = Request([["SET", WAITED, 1, "PX", 1_000]], "a sign of life", "ask again later")


def with_wake_up(
    script: str, arguments: Sequence[str], priority: Priority, what: str, advice: str
) -> Request:
    """Return one transaction: the script, and the wake-up in the queue of this priority."""
    evaluation: Command = ["EVAL", script, 0, *arguments]
    return Request([["MULTI"], *_wake_up(QUEUES[priority]), evaluation, ["EXEC"]], what, advice)


def without_wake_up(script: str, arguments: Sequence[str], what: str, advice: str) -> Request:
    """Return one transaction: the script; dispatchers look for what it does each second."""
    return Request([["MULTI"], ["EVAL", script, 0, *arguments], ["EXEC"]], what, advice)


class Committer:
    """Sends each request in one round trip: Redis and enough replicas have all of it, or it raises.

    Raises:
        DeskUnavailable: Redis did not do it, or did not answer.
        DeskMisconfigured: Redis never will.
        IdReused: the script found it; nothing was accepted.
    """

    def __init__(self, redis_url: str, *, timeout_s: float, wait_replicas: int) -> None:
        self._address = parse(redis_url)
        self._tls = self._address.tls.context() if self._address.tls else None
        self._timeout_s = timeout_s
        self._wait_replicas = wait_replicas
        self._clients: dict[asyncio.AbstractEventLoop, RedisClient] = {}
        weakref.finalize(self, _disconnect, self._clients).atexit = False

    def deadline(self) -> float:
        """Return the deadline of a call that begins now; call it first."""
        return time.monotonic() + _SHARE_FOR_WAITING * self._timeout_s

    def commit(self, until: float, request: Request) -> None:
        """Commit a request from a thread, and wait for it."""
        _wait(until, self.commit_async(until, request), request)

    def read(self, until: float, request: Request) -> Any:
        """Return the reply to the only command of a request that changes nothing, from a thread."""
        return _wait(until, self.read_async(until, request), request)

    async def commit_async(self, until: float, request: Request) -> None:
        """Commit a request from a task."""
        what, advice = request.what, request.advice
        waiting: list[Command] = []
        if self._wait_replicas:
            # WAIT counts the replicas that have what its own connection wrote before.
            for_ms = int(self._timeout_s * _SHARE_FOR_REPLICAS * 1_000)
            waiting = [["WAIT", self._wait_replicas, for_ms]]
        replies = await self._replies(until, request, waiting)
        have_it = replies.pop() if waiting else 0
        if have_it < self._wait_replicas:
            raise DeskUnavailable(
                f"{have_it} of {self._wait_replicas} replicas have {what}; {advice}"
            )
        answers = replies[-1]  # EXEC's replies, of which the script's is the last
        if isinstance(answers, list) and isinstance(answers[-1], bytes):
            raise IdReused(answers[-1].decode())

    async def read_async(self, until: float, request: Request) -> Any:
        """Return that reply, from a task."""
        return (await self._replies(until, request))[0]

    async def _replies(
        self, until: float, request: Request, also: Sequence[Command] = ()
    ) -> list[Any]:
        try:
            replies = await self._client_of_loop().execute([*request.commands, *also], until)
            _check(replies)
        except (RedisError, TimeoutError, ValueError) as error:
            raise trouble(error, request.what, request.advice) from error
        return replies

    def disconnect(self) -> None:
        """Close the connections of the blocking calls; a later call opens new ones."""
        if (loop := BACKGROUND.running) and loop in self._clients:
            done = asyncio.run_coroutine_threadsafe(self._clients[loop].disconnect(), loop)
            wait([done], self._timeout_s)

    async def disconnect_async(self) -> None:
        """Close the connections of this event loop; a later call opens new ones."""
        await self._client_of_loop().disconnect()

    def _client_of_loop(self) -> RedisClient:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            for closed in [other for other in [*self._clients] if other.is_closed()]:
                self._clients.pop(closed, None)
            self._clients[loop] = RedisClient(self._address, self._tls)
        return self._clients[loop]


def _wait(until: float, calling: Coroutine[Any, Any, Answer], request: Request) -> Answer:
    called = asyncio.run_coroutine_threadsafe(calling, BACKGROUND.loop())
    try:
        return called.result(until - time.monotonic())  # the thread keeps the deadline itself
    except TimeoutError as late:
        raise trouble(late, request.what, request.advice) from late
    finally:
        called.cancel()


def _disconnect(clients: dict[asyncio.AbstractEventLoop, RedisClient]) -> None:
    """Close the connections of a desk that was garbage-collected."""
    for loop, client in clients.items():
        with contextlib.suppress(RuntimeError):  # it is closed
            loop.call_soon_threadsafe(client.disconnect_soon)


def _check(replies: Sequence[Any]) -> None:
    """Raise the first error of these replies, in the transaction's own too."""
    for reply in replies:
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, list):
            _check(reply)


def _wake_up(queue: str) -> list[Command]:
    """Return the commands that enqueue an RQ job, in the form that RQ has had since 2.0.

    It holds no customer text: RQ logs the function call and the description.
    """
    job_id = f"{WAKE_UP_ID}{secrets.token_hex(8)}"
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    fields = {
        "created_at": now,
        "enqueued_at": now,
        "data": json.dumps([ROUTE, None, [], {}]),
        "origin": queue,
        "description": "route what has been accepted",
        "timeout": "60",
        "result_ttl": "0",
        "failure_ttl": str(_FAILED_WAKE_UP_KEPT_S),
        "status": "queued",
    }
    pairs = [text for pair in fields.items() for text in pair]
    return [
        ["SADD", RQ_QUEUES, f"{RQ_QUEUE}{queue}"],
        ["HSET", f"{RQ_JOB}{job_id}", *pairs],
        ["RPUSH", f"{RQ_QUEUE}{queue}", job_id],
    ]
