"""What was given up, with its reason: stays until someone acts."""

import json
import time

import structlog
from redis.asyncio import Redis

from onduty_desk.keys import FAILED, FAILURES

_log = structlog.get_logger()


class Failures:
    """The failed list. `settle.lua` writes deliveries into it by itself."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def record(self, failure_id: str, failure: dict[str, object]) -> None:
        """Keep a failure (`kind`, `reason` and what it is about); the same id overwrites."""
        now_ms = time.time_ns() // 1_000_000
        async with self._redis.pipeline(transaction=True) as transaction:
            transaction.hset(FAILURES, failure_id, json.dumps({**failure, "at_ms": now_ms}))
            transaction.zadd(FAILED, {failure_id: now_ms})
            await transaction.execute()
        _log.error(
            "failure.recorded",
            failure=failure_id,
            reason=failure["reason"],
            next_step=f"see it with: HGET {FAILURES} {failure_id}",
        )
