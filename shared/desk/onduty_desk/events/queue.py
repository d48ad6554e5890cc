"""Events that the chat backend has not confirmed: taken under a lease, settled. Each one script."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, cast

import structlog
from redis.asyncio import Redis

from onduty_desk.lua.loader import script
from onduty_desk.model.keys import EVENTS_WANTED, ConversationId

LEASE = timedelta(seconds=12)
"""How long a dispatcher has for one event; a dead one's conversation is taken over after this."""

MOST_DELIVERING = timedelta(seconds=10)
"""How long a try may take: shorter than the lease, so that no lease ends under it."""

TRIED_FOR = timedelta(days=1)
"""From the first try of an event until it is given up."""

Settlement = Literal["confirmed", "again", "failed", "refused"]
Settled = Literal["settled", "given_up", "gone"]

_log = structlog.get_logger()


@dataclass(frozen=True)
class DueEvent:
    """A conversation's next event, ours for the time of a lease."""

    conversation_id: ConversationId
    id: str
    json: str
    """As it was written, to be delivered byte for byte."""
    failures: int
    lease: str
    begin_before: float
    """By the event loop's clock: later, a try could outlast the lease."""


@dataclass(frozen=True)
class NotConfirmed:
    """Why the backend has not confirmed an event, and what it said about trying again."""

    reason: str
    again_in: timedelta | None = None
    """It asked for this pause; else the pauses grow as they do."""
    for_good: bool = False
    """It will never take this event."""


class EventQueue:
    """The undelivered events of all conversations, and when to try which."""

    def __init__(self, redis: Redis, *, retention: timedelta) -> None:
        self._retention_s = int(retention.total_seconds())
        self._take = script(redis, "events/take_events")
        self._settle = script(redis, "events/settle_event")

    async def take(self, most: int) -> tuple[list[DueEvent], timedelta | None]:
        """Take up to `most` events that are due, and say when there is more to take.

        Of a conversation there is one at a time, its oldest. If whoever took it dies, the lease
        ends and another takes it. Nothing else is undelivered: None. To take is also to say that
        events are to be kept.
        """
        lease, asked_at = secrets.token_hex(8), asyncio.get_running_loop().time()
        due_in_ms, taken, broken = await self._take(
            args=[lease, _ms(LEASE), most, self._retention_s]
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
        """Write down what came of it: `given_up` after a day of failing, into the failed list.

        What the backend `refused` is given up at once.

        `gone` if another dispatcher settled this event before: then nothing was written.
        """
        arguments = [event.conversation_id, event.lease, event.id, settlement, reason]
        answer = await self._settle(args=[*arguments, _ms(pause), _ms(TRIED_FOR)])
        return cast("Settled", answer)


async def keep_no_events(redis: Redis) -> None:
    """Let scripts keep no events from now on, unless another dispatcher delivers them."""
    await redis.delete(EVENTS_WANTED)


def _ms(time: timedelta) -> int:
    return int(time.total_seconds() * 1000)
