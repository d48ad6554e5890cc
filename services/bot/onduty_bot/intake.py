"""Stores updates in Redis, each in its chat's line; only then may Telegram forget them."""

import asyncio
import json
from collections.abc import Sequence

from redis.asyncio import Redis

from onduty_desk.replicas import wait_for_replicas
from onduty_desk.scripts import script

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""What Telegram is asked to send; anything else would be stored and ignored."""

Update = dict[str, object]
"""As Telegram sends it; kept whole, so that a newer Telegram's fields survive."""


class Intake:
    """The door that polling and the webhook share.

    Args:
        redis: where updates are stored.
        wake: set when something new was stored, for this process's own handling.
        wait_replicas: how many replicas must have an update before it counts as stored.
    """

    def __init__(self, redis: Redis, wake: asyncio.Event, *, wait_replicas: int = 0) -> None:
        self._redis = redis
        self._wait_replicas = wait_replicas
        self._store = script(redis, "store_updates")
        self._wake = wake

    async def store(self, updates: Sequence[Update]) -> None:
        """Store updates, all or none; one stored before changes nothing.

        Raises:
            RedisError: they are not stored, or too few replicas have them: store them again.
        """
        if not updates:
            return
        arguments: list[str] = []
        for update in updates:
            packed = json.dumps(update, ensure_ascii=False, separators=(",", ":"))
            arguments += (str(update["update_id"]), _chat_of(update), packed)
        if await self._store(args=arguments):
            self._wake.set()
        await wait_for_replicas(self._redis, self._wait_replicas)


def _chat_of(update: Update) -> str:
    """Return the line an update stands in: its chat, so that a chat's updates keep their order."""
    for kind in ALLOWED_UPDATES:
        match update.get(kind):
            case {"chat": {"id": int(chat_id)}} | {"message": {"chat": {"id": int(chat_id)}}}:
                return str(chat_id)
            case {"from": {"id": int(user_id)}}:
                return str(user_id)
    return "unknown"
