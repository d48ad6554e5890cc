"""The way in: a backend hands over messages and knows that they are safe."""

import asyncio
import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Self

from redis.exceptions import RedisError
from rq import Queue
from rq.job import Job

from onduty.acceptance import SCRIPT, script_arguments
from onduty.connection import connect
from onduty.errors import DeskUnavailable
from onduty.message import CustomerMessage, Priority
from onduty.wire import QUEUES, RETENTION, ROUTE, WAITED, WAKE_UP_ID

MOST_AT_ONCE = 1_000
"""One transaction blocks Redis while it runs: about 30 ms for this many short messages."""

_FAILED_WAKE_UP_KEPT_S = 7 * 24 * 3600
_BY_URGENCY = tuple(Priority)


class SupportDesk:
    """The support desk, as a chat backend sees it. Safe to share between threads.

    Args:
        redis_url: `redis://`, `rediss://`, `unix://` or `redis+sentinel://host:port,…/master/db`.
        timeout_s: how long `notify` may take before it raises `DeskUnavailable`, in seconds.
        retention: how long a message is kept and its id recognised; the desk's own setting
            (`ONDUTY_RETENTION_DAYS`) should be the same.
        wait_replicas: how many replicas must have the message before `notify` returns (Redis
            `WAIT`); 0 trusts the master alone.

    Raises:
        ValueError: the URL has none of these forms.
    """

    def __init__(
        self,
        redis_url: str,
        *,
        timeout_s: float = 2.0,
        retention: timedelta = RETENTION,
        wait_replicas: int = 0,
    ) -> None:
        self._redis = connect(redis_url, timeout_s=timeout_s)
        self._timeout_s = timeout_s
        self._retention = retention
        self._wait_replicas = wait_replicas
        self._queues = {
            priority: Queue(name, connection=self._redis, serializer="json")
            for priority, name in QUEUES.items()
        }

    def notify(self, message: CustomerMessage) -> str:
        """Hand over one message; return its id when it is safely in Redis.

        Called twice with the same id, the second call changes nothing and returns the same.

        Raises:
            DeskUnavailable: Redis did not take it; keep the message and call again.
        """
        self._push([message])
        return message.id

    def notify_many(self, messages: Iterable[CustomerMessage]) -> list[str]:
        """Hand over up to 1,000 messages, all or none, in their order; return their ids.

        Raises:
            DeskUnavailable: Redis took none of them, or did not say; call again with the same.
            ValueError: more than 1,000 messages.
        """
        batch = list(messages)
        if len(batch) > MOST_AT_ONCE:
            raise ValueError(
                f"notify_many takes up to {MOST_AT_ONCE} messages a call, got {len(batch)}; "
                "push them in several calls"
            )
        if batch:
            self._push(batch)
        return [message.id for message in batch]

    def close(self) -> None:
        """Give the connections back; a later call opens new ones."""
        self._redis.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _push(self, messages: Sequence[CustomerMessage]) -> None:
        queue = self._queues[min((m.priority for m in messages), key=_BY_URGENCY.index)]
        try:
            with self._redis.pipeline(transaction=True) as transaction:
                # The wake-up comes first: RQ watches no key, but it ends an immediate-mode
                # pipeline that already holds commands with an error.
                queue.enqueue_job(self._wake_up(queue), pipeline=transaction)
                transaction.eval(SCRIPT, 0, *script_arguments(messages, self._retention))
                transaction.execute()
            if self._wait_replicas:
                self._wait_for_replicas()
        except (RedisError, OSError) as error:
            raise DeskUnavailable(
                f"Redis did not take the message ({error}); keep it and push it again"
            ) from error

    def _wait_for_replicas(self) -> None:
        # WAIT counts the replicas that have what its own connection wrote. Replicas get writes in
        # order, so one that has this small one, sent together with WAIT, has the messages too.
        with self._redis.pipeline(transaction=False) as together:
            together.set(WAITED, 1, px=1_000)
            together.wait(self._wait_replicas, int(self._timeout_s * 400))
            _, have_it = together.execute()
        if have_it < self._wait_replicas:
            raise DeskUnavailable(
                f"{have_it} of {self._wait_replicas} replicas have the message; "
                "keep it and push it again"
            )

    def _wake_up(self, queue: Queue) -> Job:
        # No customer text here: RQ puts the description into logs and dashboards.
        return queue.create_job(
            ROUTE,
            job_id=f"{WAKE_UP_ID}{secrets.token_hex(8)}",
            timeout=60,
            result_ttl=0,
            failure_ttl=_FAILED_WAKE_UP_KEPT_S,
            description="route what has been accepted",
        )


class AsyncSupportDesk:
    """`SupportDesk` for asyncio: the same promises, run in a thread so that the loop stays free."""

    def __init__(
        self,
        redis_url: str,
        *,
        timeout_s: float = 2.0,
        retention: timedelta = RETENTION,
        wait_replicas: int = 0,
    ) -> None:
        self._desk = SupportDesk(
            redis_url, timeout_s=timeout_s, retention=retention, wait_replicas=wait_replicas
        )

    async def notify(self, message: CustomerMessage) -> str:
        """Hand over one message; see `SupportDesk.notify`."""
        return await asyncio.to_thread(self._desk.notify, message)

    async def notify_many(self, messages: Iterable[CustomerMessage]) -> list[str]:
        """Hand over up to 1,000 messages, all or none; see `SupportDesk.notify_many`."""
        return await asyncio.to_thread(self._desk.notify_many, messages)

    async def close(self) -> None:
        """Give the connections back."""
        await asyncio.to_thread(self._desk.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()
