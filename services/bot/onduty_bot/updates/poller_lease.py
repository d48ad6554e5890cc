"""The lease for reading updates from Telegram: one bot process has it, the others wait."""

import asyncio
import secrets
import time
from contextlib import suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty_desk.lua.calling import script
from onduty_desk.model.bot_keys import POLLER

LEASE_S = 8.0
"""A killed bot is replaced within ten seconds: the one that waits looks each second."""

RENEW_EVERY_S = 2.5
_RELEASE_WITHIN_S = 2.0


class PollerLease:
    """A lease that ends eight seconds after its holder dies, or sooner."""

    def __init__(
        self, redis: Redis, *, lease_s: float = LEASE_S, renew_every_s: float = RENEW_EVERY_S
    ) -> None:
        self._redis = redis
        self._lease_s = lease_s
        self._renew_every_s = renew_every_s
        self._hold = script(redis, "onduty_bot/updates/hold_poller")
        self._release = script(redis, "onduty_bot/updates/release_poller")
        self._token = secrets.token_hex(8)
        self._ends_at = 0.0

    async def take(self) -> bool:
        """Take or renew it; return whether it is ours now."""
        asked_at = time.monotonic()
        held = bool(await self._hold(args=[self._token, int(self._lease_s * 1000)]))
        if held:
            self._ends_at = asked_at + self._lease_s
        return held

    async def keep(self) -> None:
        """Renew it; returns when it is lost, or has ended because Redis does not answer."""
        while True:
            await asyncio.sleep(self._renew_every_s)
            try:
                async with asyncio.timeout(self._ends_at - time.monotonic()):
                    if not await self.take():
                        return
            except (RedisError, OSError):
                if time.monotonic() + self._renew_every_s > self._ends_at:
                    return

    async def is_held(self) -> bool:
        """Whether any process has it."""
        return bool(await self._redis.exists(POLLER))

    async def release(self) -> None:
        """Release it, so that another process need not wait; if Redis is away it ends by itself."""
        with suppress(RedisError, OSError):
            async with asyncio.timeout(_RELEASE_WITHIN_S):
                await self._release(args=[self._token])
