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
from onduty_desk.keys import FAILED, FAILURES, ConversationId
from onduty_desk.scripts import script

Retried = Literal["phone", "group", "accepted", "backend", "unwanted", "expired", "gone"]
Failure = dict[str, Any]

_log = structlog.get_logger()


class Failures:
    """The failed list.

    Four kinds: a `delivery` that Telegram would not take (written by `settle.lua`), a `message`
    that breaks a rule, a `conversation` that routing broke on, and an `event` that the backend did
    not confirm for a day (written by `settle_event.lua`).
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._retry_delivery = script(redis, "retry_delivery")
        self._retry_event = script(redis, "retry_event")
        self._set_aside = script(redis, "set_aside")

    async def record(self, failure_id: str, failure: Failure) -> None:
        """Keep a failure (`kind`, `reason` and what it is about); the same id overwrites."""
        seconds, micros = await self._redis.time()
        now_ms = seconds * 1000 + micros // 1000
        async with self._redis.pipeline(transaction=True) as transaction:
            transaction.hset(FAILURES, failure_id, json.dumps({**failure, "at_ms": now_ms}))
            transaction.zadd(FAILED, {failure_id: now_ms})
            await transaction.execute()
        _tell(failure_id, failure["reason"])

    async def set_aside(self, conversation_id: ConversationId, reason: str) -> None:
        """Keep a conversation that routing broke on, and route it no more.

        The backend is told of the messages that nobody got; called twice, once.
        """
        await self._set_aside(args=[conversation_id, reason])
        _tell(f"conversation-{conversation_id}", reason)

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
        if failure["kind"] == "event":
            event = json.dumps(failure["event"], ensure_ascii=False, separators=(",", ":"))
            answer = await self._retry_event(args=[failure_id, failure["conversation"], event])
            return cast("Retried", answer)
        if failure["kind"] == "conversation":
            await self._redis.zadd(ACCEPTED, {failure["conversation"]: 0}, lt=True)
        else:
            _push_again(redis_url, failure)
        await self.drop(failure_id)
        return "accepted"


def _tell(failure_id: str, reason: str) -> None:
    _log.error(
        "failure.recorded",
        failure=failure_id,
        reason=reason,
        next_step=f"onduty failed show {failure_id}",
    )


def _push_again(redis_url: str, failure: Failure) -> None:
    connection = connect_blocking(redis_url, timeout_s=2 * TIMEOUT_S)
    Queue(QUEUES[Priority.NORMAL], connection=connection, serializer="json").enqueue(
        NOTIFY_OPERATORS,
        failure["message"],
        job_id=failure["job"],
        description="customer message, pushed again",
        result_ttl=0,
    )
