"""The failed list: what was given up and why, kept until an SRE acts or the retention time ends."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Literal, cast

import structlog
from redis.asyncio import Redis
from rq import Queue

from onduty import Priority
from onduty.wire import ACCEPTED, NOTIFY_OPERATORS, QUEUES
from onduty_desk.lua.calling import script
from onduty_desk.lua.durations import in_ms
from onduty_desk.model.keys import FAILED, FAILURES, ConversationId
from onduty_desk.process.connection import connect_blocking
from onduty_desk.texts.reasons import printable_line, shown_reason

Retried = Literal[
    "phone",
    "group",
    "card",
    "moment",
    "accepted",
    "backend",
    "unwanted",
    "expired",
    "unusable",
    "gone",
]
Failure = dict[str, Any]

MOST_KEPT = 256 * 1024
"""Characters of a message's JSON: the longest valid message fits. A longer one is cut."""

MOST_OF_THE_REST = 4_000
A_PAGE = 500

_log = structlog.get_logger()


class Failures:
    """The failed list.

    Its kinds: a `delivery` that Telegram refused (written by `settle.lua`), a `message` that breaks
    a rule, a `job` that cannot be read, a `conversation` that could not be routed, an `event` that
    the backend did not confirm for a day (`settle_event.lua`), a `reply` that the backend has
    reported as failed (`take_reports.lua`), a `step` at a phone and an `update`
    from Telegram that raised an error.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._retry_event = script(redis, "events/retry_event")
        self._retry_of = {
            "delivery": script(redis, "phones/retry_delivery"),
            "reply": script(redis, "replies/retry_reply"),
        }
        self._retry_step = script(redis, "phones/retry_step")
        self._set_aside = script(redis, "conversations/set_aside")
        self._drop_expired = script(redis, "failures/drop_expired")

    async def record(self, failure_id: str, failure: Failure) -> None:
        """Record a failure (`kind`, `reason` and what it is about); the same id overwrites."""
        seconds, micros = await self._redis.time()
        now_ms = seconds * 1000 + micros // 1000
        reason = shown_reason(failure["reason"])
        async with self._redis.pipeline(transaction=True) as transaction:
            kept = _to_json({**failure, "reason": reason, "at_ms": now_ms})
            transaction.hset(FAILURES, failure_id, kept)
            transaction.zadd(FAILED, {failure_id: now_ms})
            await transaction.execute()
        _log_failure(failure_id, reason)

    async def set_aside(self, conversation_id: ConversationId, reason: str) -> None:
        """Record a conversation that could not be routed, and route it no more.

        The backend gets an event for each message that nobody got; a second call repeats none.
        """
        reason = shown_reason(reason)
        await self._set_aside(args=[conversation_id, reason])
        _log_failure(f"conversation-{conversation_id}", reason)

    async def count(self) -> int:
        """Return how many there are."""
        return int(await self._redis.zcard(FAILED))

    async def all(self) -> dict[str, Failure]:
        """Return every failure by its id, the oldest first."""
        return {failure_id: failure async for failure_id, failure in self.oldest_first()}

    async def oldest_first(self) -> AsyncIterator[tuple[str, Failure]]:
        """Yield every failure with its id, a page at a time."""
        ids = cast("list[str]", await self._redis.zrange(FAILED, 0, -1))
        for start in range(0, len(ids), A_PAGE):
            for failure_id, failure in await self._read(ids[start : start + A_PAGE]):
                yield failure_id, failure

    async def newest(self, most: int) -> list[tuple[str, Failure]]:
        """Return up to `most` of the newest, the newest last."""
        return await self._read(cast("list[str]", await self._redis.zrange(FAILED, -most, -1)))

    async def find(self, failure_id: str) -> Failure | None:
        """Return one failure, or None if there is none of this id."""
        found = await self._read([failure_id])
        return found[0][1] if found else None

    async def drop(self, failure_id: str) -> bool:
        """Forget a failure; False if there was none."""
        async with self._redis.pipeline(transaction=True) as transaction:
            transaction.hdel(FAILURES, failure_id)
            transaction.zrem(FAILED, failure_id)
            dropped = await transaction.execute()
        return any(dropped)

    async def drop_expired(self, retention: timedelta) -> None:
        """Drop failures older than the retention time: what they are about has expired."""
        if count := await self._drop_expired(args=[in_ms(retention)]):
            _log.warning("failures.expired", count=count, after_days=retention.days)

    async def retry(self, failure_id: str, redis_url: str) -> Retried:
        """Try again what was given up, and drop the failure; return where it waits now.

        A message that broke a rule is pushed again unchanged: a newer version may accept it. A
        second call finds nothing: "gone". What cannot be tried again stays: "unusable".
        """
        failure = await self.find(failure_id)
        match failure:
            case None:
                return "gone"
            case {"kind": "delivery" | "step" | "phone" | "reply" as kind}:
                retry = self._retry_of.get(kind, self._retry_step)
                return cast("Retried", await retry(args=[failure_id]))
            case {"kind": "event", "conversation": str(conversation), "event": dict(event)}:
                text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
                answer = await self._retry_event(args=[failure_id, conversation, text])
                return cast("Retried", answer)
            case {"kind": "conversation", "conversation": str(conversation)}:
                await self._redis.zadd(ACCEPTED, {conversation: 0}, lt=True)
            case {"kind": "message" | "job", "message": dict(message)}:
                _push_again(redis_url, failure_id, failure, message)
            case _:
                return "unusable"
        await self.drop(failure_id)
        return "accepted"

    async def _read(self, ids: list[str]) -> list[tuple[str, Failure]]:
        texts = cast("list[str | None]", await self._redis.hmget(FAILURES, ids)) if ids else []
        return [
            (failure_id, _from_json(text))
            for failure_id, text in zip(ids, texts, strict=True)
            if text
        ]


def _to_json(failure: Failure) -> str:
    """Return the record as JSON, whatever its message holds."""
    message = failure.get("message")
    try:
        text = json.dumps(message, allow_nan=False)
    except ValueError:  # NaN or infinity, which JSON cannot hold
        text = json.dumps(json.loads(json.dumps(message), parse_constant=lambda _: None))
    except RecursionError:
        text = '"(nested too deeply to be kept)"'
    if len(text) > MOST_KEPT:
        text = json.dumps(text[:MOST_OF_THE_REST] + "…")
    rest = json.dumps({name: value for name, value in failure.items() if name != "message"})
    return rest if message is None else f'{rest[:-1]}, "message": {text}}}'


def _from_json(text: str) -> Failure:
    try:
        failure = json.loads(text)
    except (ValueError, RecursionError):
        failure = None
    if not isinstance(failure, dict):
        return {"kind": "unknown", "reason": f"not readable: {printable_line(text[:100], 60)}"}
    return failure


def _log_failure(failure_id: str, reason: str) -> None:
    _log.error(
        "failure.recorded",
        failure=failure_id,
        reason=reason,
        next_step=f"onduty failed show {failure_id}",
    )


def _push_again(redis_url: str, failure_id: str, failure: Failure, message: Failure) -> None:
    known = next(
        (queue for queue in QUEUES.values() if queue == failure.get("queue")),
        QUEUES[Priority.NORMAL],
    )
    connection = connect_blocking(redis_url)
    try:
        Queue(known, connection=connection, serializer="json").enqueue(
            NOTIFY_OPERATORS,
            message,
            job_id=failure_id.partition("-")[2],  # the message id that was derived from the job's
            description="customer message, pushed again",
            result_ttl=0,
        )
    finally:
        connection.close()
