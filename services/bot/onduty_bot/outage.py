"""Redis may go away and come back: that is told once, and outlasted."""

import structlog
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import (
    MasterDownError,
    OutOfMemoryError,
    ReadOnlyError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)

from onduty_desk.replicas import ReplicasBehind

REDIS_AWAY = (
    ReplicasBehind,
    RedisConnectionError,
    RedisTimeoutError,
    ReadOnlyError,
    OutOfMemoryError,
    MasterDownError,
    OSError,
)
"""What passes by itself, or by somebody's hand on Redis; anything else is a bug of ours."""

PAUSE_S = 1.0

_log = structlog.get_logger()


class Outage:
    """One for a process: whichever of its loops notices first tells."""

    def __init__(self) -> None:
        self._is_on = False

    def began(self, error: Exception) -> None:
        """Redis did not answer."""
        if not self._is_on:
            _log.error(
                "redis.away", reason=str(error), next_step="check Redis; the bot goes on by itself"
            )
        self._is_on = True

    def ended(self) -> None:
        """Redis answered."""
        if self._is_on:
            _log.info("redis.back")
        self._is_on = False
