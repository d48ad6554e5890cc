"""The event queue: what the chat backend has not confirmed is taken under a lease and settled."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, cast

import structlog
from redis.asyncio import Redis

from onduty_desk.lua.calling import script
from onduty_desk.lua.durations import in_ms
from onduty_desk.model.event_keys import EVENTS_WANTED
from onduty_desk.model.keys import ConversationId

LEASE = timedelta(seconds=12)
"""How long a dispatcher has for one event; if it dies, another one takes over after this time."""

MOST_DELIVERING = timedelta(seconds=10)
"""How long a try may take: shorter than the lease, so that no lease ends during it."""

TRIED_FOR = timedelta(days=1)
"""How long an event is tried, from the first try until it is given up."""

Settlement = Literal["confirmed", "queued", "again", "failed", "refused"]
Settled = Literal["settled", "given_up", "gone"]

_log = structlog.get_logger()


@dataclass(frozen=True)
class DueEvent:
    """A conversation's next event, leased to this process."""

    conversation_id: ConversationId
    id: str
    json: str
    """As it was written, to be delivered byte for byte."""
    failures: int
    lease: str
    begin_before: float
    """By the event loop's clock. A try that begins later could outlast the lease."""


@dataclass(frozen=True)
class NotConfirmed:
    """Why the backend has not confirmed an event, and when it may be tried again."""

    reason: str
    again_in: timedelta | None = None
    """The pause that the backend asked for; without one the pauses grow."""
    for_good: bool = False
    """The backend will never take this event."""


class EventQueue:
    """The events of all conversations that are not confirmed, and when each is due."""

    def __init__(self, redis: Redis, *, retention: timedelta) -> None:
        self._retention_s = int(retention.total_seconds())
        self._take = script(redis, "events/take_events")
        self._settle = script(redis, "events/settle_event")

    async def take(self, most: int) -> tuple[list[DueEvent], timedelta | None]:
        """Lease up to `most` events that are due; return them, and the time until the next is due.

        Only the oldest event of a conversation can be taken. If the process that took it dies, its
        lease ends and another process takes it. The time is None if no other event is left. Taking
        also renews the wish that scripts keep events, see `EVENTS_WANTED`.
        """
        lease, asked_at = secrets.token_hex(8), asyncio.get_running_loop().time()
        due_in_ms, taken, broken = await self._take(
            args=[lease, in_ms(LEASE), most, self._retention_s]
        )
        begin_before = asked_at + (LEASE - MOST_DELIVERING).total_seconds() / 2
        due = [
            DueEvent(conversation, event_id, text, failures, lease, begin_before)
            for conversation, event_id, text, failures in taken
        ]
        for conversation, error in broken:
            _log.error(
                "events.unreadable",
                conversation=conversation,
                reason=str(error),
                next_step="onduty failed list",
            )
        return due, None if due_in_ms == "-1" else timedelta(milliseconds=int(due_in_ms))

    async def settle(
        self,
        event: DueEvent,
        settlement: Settlement,
        reason: str = "",
        *,
        pause: timedelta = timedelta(0),
    ) -> Settled:
        """Record the result of a try.

        Returns `given_up` if the event went to the failed list: after a day of failures, or at once
        if the backend `refused` it; `gone` if another dispatcher has settled it: then nothing was
        written.
        """
        arguments = [event.conversation_id, event.lease, event.id, settlement, reason]
        answer = await self._settle(args=[*arguments, in_ms(pause), in_ms(TRIED_FOR)])
        return cast("Settled", answer)


async def keep_no_events(redis: Redis) -> None:
    """Let scripts keep no events from now on, unless another dispatcher delivers events."""
    await redis.delete(EVENTS_WANTED)
