"""Puts something into Redis together with the job that wakes a dispatcher for it."""

import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from onduty.address import parse
from onduty.errors import DeskUnavailable, IdReused
from onduty.links import Links, NoSuchMasterError
from onduty.message import Priority
from onduty.refusals import trouble
from onduty.resp import Command, OtherProtocolError, Reply, ReplyError
from onduty.ways import Way
from onduty.wire import QUEUES, ROUTE, RQ_JOB, RQ_QUEUE, RQ_QUEUES, WAITED, WAKE_UP_ID

_FAILED_WAKE_UP_KEPT_S = 7 * 24 * 3600
_SHARE_FOR_WAITING = 0.9
"""Of the time: a thousand threads that are to be told of a time-out at once take the rest."""

_SHARE_FOR_REPLICAS = 0.8
"""Of the time: if they are too slow, that can still be said in it."""


@dataclass(frozen=True)
class Accepting:
    """A script that accepts something, and the words for when Redis does not run it."""

    script: str
    arguments: Sequence[str]
    what: str
    advice: str


class Handover:
    """One transaction a call: all of it is in Redis, on enough replicas, or it raises."""

    def __init__(
        self,
        redis_url: str,
        new_way: Callable[[int], Way],
        *,
        timeout_s: float,
        wait_replicas: int,
    ) -> None:
        self._links = Links(parse(redis_url), new_way)
        self._timeout_s = timeout_s
        self._wait_replicas = wait_replicas

    def limit(self) -> float:
        """Return until when a call that begins now may wait; ask before anything else is done."""
        return time.monotonic() + _SHARE_FOR_WAITING * self._timeout_s

    async def commit(self, until: float, accepting: Accepting, priority: Priority) -> None:
        """Run the script, and wake a dispatcher by the queue of this priority.

        Raises:
            DeskUnavailable: Redis did not do it, or did not say.
            DeskMisconfigured: Redis never will.
            IdReused: the script says so; nothing was accepted.
        """
        transaction: list[Command] = [
            ["MULTI"],
            *_wake_up(QUEUES[priority]),
            ["EVAL", accepting.script, 0, *accepting.arguments],
            ["EXEC"],
        ]
        done = await self._run(until, transaction, accepting.what, accepting.advice)
        answer = done[len(transaction) - 1]
        accepted = answer[-1] if isinstance(answer, list) else None
        if isinstance(accepted, bytes):
            raise IdReused(accepted.decode())

    async def ping(self) -> None:
        """Write something that expires at once; raises as `commit` does."""
        sign: Command = ["SET", WAITED, 1, "PX", 1_000]
        await self._run(self.limit(), [sign], "a sign of life", "ask again later")

    def close(self) -> None:
        """Give the connections back; a later call opens new ones."""
        self._links.close()

    async def _run(
        self, until: float, commands: Sequence[Command], what: str, advice: str
    ) -> list[Reply]:
        wait: list[Command] = []
        if self._wait_replicas:
            # It counts the replicas that have what was written on its own connection before.
            for_ms = int(self._timeout_s * _SHARE_FOR_REPLICAS * 1_000)
            wait = [["WAIT", self._wait_replicas, for_ms]]
        try:
            replies = await self._links.ask([*commands, *wait], until)
            _check(replies)
        except (OSError, ReplyError, OtherProtocolError, NoSuchMasterError) as error:
            raise trouble(error, what, advice) from error
        have_it = replies[-1] if wait else 0
        if isinstance(have_it, int) and have_it < self._wait_replicas:
            raise DeskUnavailable(
                f"{have_it} of {self._wait_replicas} replicas have {what}; {advice}"
            )
        return replies


def _check(replies: Sequence[Reply]) -> None:
    """Raise the first error of these replies, in the transaction's own too."""
    for reply in replies:
        if isinstance(reply, ReplyError):
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
