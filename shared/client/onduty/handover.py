"""Puts something into Redis together with the job that wakes a dispatcher for it."""

import asyncio
import contextlib
import json
import secrets
import time
import weakref
from collections.abc import Sequence
from concurrent.futures import wait
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from redis.exceptions import RedisError

from onduty.address import parse
from onduty.asking import Asking, Command
from onduty.background import BACKGROUND
from onduty.errors import DeskUnavailable, IdReused
from onduty.message import Priority
from onduty.refusals import trouble
from onduty.wire import QUEUES, ROUTE, RQ_JOB, RQ_QUEUE, RQ_QUEUES, WAITED, WAKE_UP_ID

_FAILED_WAKE_UP_KEPT_S = 7 * 24 * 3600
_SHARE_FOR_WAITING = 0.9
"""Of the time: a thousand callers that are to be told of a time-out at once take the rest."""

_SHARE_FOR_REPLICAS = 0.8
"""Of the time: if they are too slow, that can still be said in it."""


@dataclass(frozen=True)
class Saying:
    """Commands that are said together, and the words for when Redis does not take them."""

    commands: Sequence[Command]
    what: str
    advice: str


SIGN_OF_LIFE = Saying([["SET", WAITED, 1, "PX", 1_000]], "a sign of life", "ask again later")


def accepting(
    script: str, arguments: Sequence[str], priority: Priority, what: str, advice: str
) -> Saying:
    """Return one transaction: the script, and what wakes a dispatcher by this priority's queue."""
    evaluation: Command = ["EVAL", script, 0, *arguments]
    return Saying([["MULTI"], *_wake_up(QUEUES[priority]), evaluation, ["EXEC"]], what, advice)


class Handover:
    """One round to Redis a call: all of it is there, on enough replicas, or it raises.

    Raises:
        DeskUnavailable: Redis did not do it, or did not say.
        DeskMisconfigured: Redis never will.
        IdReused: the script says so; nothing was accepted.
    """

    def __init__(self, redis_url: str, *, timeout_s: float, wait_replicas: int) -> None:
        self._address = parse(redis_url)
        self._tls = self._address.tls.context() if self._address.tls else None
        self._timeout_s = timeout_s
        self._wait_replicas = wait_replicas
        self._askings: dict[asyncio.AbstractEventLoop, Asking] = {}
        weakref.finalize(self, _disconnect, self._askings).atexit = False

    def limit(self) -> float:
        """Return until when a call that begins now may wait; ask before anything else is done."""
        return time.monotonic() + _SHARE_FOR_WAITING * self._timeout_s

    def say(self, until: float, saying: Saying) -> None:
        """Hand it over from a thread."""
        loop = BACKGROUND.loop()
        saying_it = asyncio.run_coroutine_threadsafe(self.say_async(until, saying), loop)
        try:
            saying_it.result(until - time.monotonic())  # it need not wait for the loop to say so
        except TimeoutError as late:
            raise trouble(late, saying.what, saying.advice) from late
        finally:
            saying_it.cancel()

    async def say_async(self, until: float, saying: Saying) -> None:
        """Hand it over from a task."""
        what, advice = saying.what, saying.advice
        waiting: list[Command] = []
        if self._wait_replicas:
            # It counts the replicas that have what was written on its own connection before.
            for_ms = int(self._timeout_s * _SHARE_FOR_REPLICAS * 1_000)
            waiting = [["WAIT", self._wait_replicas, for_ms]]
        try:
            replies = await self._asking().ask([*saying.commands, *waiting], until)
            _check(replies)
        except (RedisError, TimeoutError, ValueError) as error:
            raise trouble(error, what, advice) from error
        have_it = replies.pop() if waiting else 0
        if have_it < self._wait_replicas:
            raise DeskUnavailable(
                f"{have_it} of {self._wait_replicas} replicas have {what}; {advice}"
            )
        answers = replies[-1]  # of the commands of a transaction, the script's last
        if isinstance(answers, list) and isinstance(answers[-1], bytes):
            raise IdReused(answers[-1].decode())

    def disconnect(self) -> None:
        """Give back the connections of the threads; a later call opens new ones."""
        if (loop := BACKGROUND.running) and loop in self._askings:
            done = asyncio.run_coroutine_threadsafe(self._askings[loop].disconnect(), loop)
            wait([done], self._timeout_s)

    async def disconnect_async(self) -> None:
        """Give back the connections of this loop; a later call opens new ones."""
        await self._asking().disconnect()

    def _asking(self) -> Asking:
        loop = asyncio.get_running_loop()
        if loop not in self._askings:
            for closed in [other for other in [*self._askings] if other.is_closed()]:
                self._askings.pop(closed, None)
            self._askings[loop] = Asking(self._address, self._tls)
        return self._askings[loop]


def _disconnect(askings: dict[asyncio.AbstractEventLoop, Asking]) -> None:
    """Give back the connections of a desk that nobody has any more."""
    for loop, asking in askings.items():
        with contextlib.suppress(RuntimeError):  # it is closed
            loop.call_soon_threadsafe(asking.disconnect_soon)


def _check(replies: Sequence[Any]) -> None:
    """Raise the first error of these replies, in the transaction's own too."""
    for reply in replies:
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, list):
            _check(reply)


def _wake_up(queue: str) -> list[Command]:
    """Return the commands that enqueue an RQ job, in the form that RQ has had since 2.0.

    No customer text is in it: RQ puts what it calls, and the description, into its logs.
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
