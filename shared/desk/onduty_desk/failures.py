"""What was given up, with its reason: stays until someone acts."""

import json
from typing import Any, Literal, cast

import structlog
from redis.asyncio import Redis
from rq import Queue

from onduty import Priority
from onduty.connection import connect as connect_blocking
from onduty.wire import ACCEPTED, NOTIFY_OPERATORS, QUEUES
from onduty_desk.connection import TIMEOUT_S
from onduty_desk.keys import FAILED, FAILURES
from onduty_desk.scripts import script

Retried = Literal["phone", "group", "accepted", "expired", "gone"]
Failure = dict[str, Any]

_log = structlog.get_logger()


class Failures:
    """The failed list.

    Three kinds: a `delivery` that Telegram would not take (written by `settle.lua`), a `message`
    that breaks a rule, a `conversation` that routing broke on.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._retry_delivery = script(redis, "retry_delivery")

    async def record(self, failure_id: str, failure: Failure) -> None:
        """Keep a failure (`kind`, `reason` and what it is about); the same id overwrites."""
        seconds, micros = await self._redis.time()
        now_ms = seconds * 1000 + micros // 1000
        async with self._redis.pipeline(transaction=True) as transaction:
            transaction.hset(FAILURES, failure_id, json.dumps({**failure, "at_ms": now_ms}))
            transaction.zadd(FAILED, {failure_id: now_ms})
            await transaction.execute()
        _log.error(
            "failure.recorded",
            failure=failure_id,
            reason=failure["reason"],
            next_step=f"onduty failed show {failure_id}",
        )

    async def all(self) -> dict[str, Failure]:
        """Return every failure by its id, the oldest first."""
        ids = cast("list[str]", await self._redis.zrange(FAILED, 0, -1))
        texts = await self._redis.hmget(FAILURES, ids) if ids else []
        return {id_: json.loads(text) for id_, text in zip(ids, texts, strict=True) if text}

    async def find(self, failure_id: str) -> Failure | None:
        """Return one failure, or None if there is none of this id."""
        text = await self._redis.hget(FAILURES, failure_id)
        return cast("Failure", json.loads(text)) if text else None

    async def drop(self, failure_id: str) -> bool:
        """Forget a failure; False if there was none."""
        async with self._redis.pipeline(transaction=True) as transaction:
            transaction.hdel(FAILURES, failure_id)
            transaction.zrem(FAILED, failure_id)
            dropped, _ = await transaction.execute()
        return bool(dropped)

    async def retry(self, failure_id: str, redis_url: str) -> Retried:
        """Let what was given up wait again, and forget the failure; return where it waits.

        A message that broke a rule is pushed as it came, for a desk that takes it now. Called
        twice, the second call finds nothing: "gone".
        """
        failure = await self.find(failure_id)
        if failure is None:
            return "gone"
        if failure["kind"] == "delivery":
            return cast("Retried", await self._retry_delivery(args=[failure_id]))
        if failure["kind"] == "conversation":
            await self._redis.zadd(ACCEPTED, {failure["conversation"]: 0}, lt=True)
        else:
            _push_again(redis_url, failure)
        await self.drop(failure_id)
        return "accepted"


def _push_again(redis_url: str, failure: Failure) -> None:
    connection = connect_blocking(redis_url, timeout_s=2 * TIMEOUT_S)
    Queue(QUEUES[Priority.NORMAL], connection=connection, serializer="json").enqueue(
        NOTIFY_OPERATORS,
        failure["message"],
        job_id=failure["job"],
        description="customer message, pushed again",
        result_ttl=0,
    )
