"""The updates of one bot: kept until confirmed, handed out by long poll.

https://core.telegram.org/bots/api#getting-updates
"""

import asyncio
from collections.abc import MutableMapping
from dataclasses import dataclass
from itertools import takewhile

from onduty_sandbox.wire.errors import conflict
from onduty_sandbox.wire.json_types import Json
from onduty_sandbox.world.clock import Clock
from onduty_sandbox.world.signals import Signal

# "Incoming updates are stored on the server until the bot receives them, but not longer than 24 h."
KEPT_S = 24 * 3600
# The official server keeps callback queries for this long only.
CALLBACK_KEPT_S = 150

TERMINATED_BY_POLL = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
TERMINATED_BY_WEBHOOK = "terminated by setWebhook request"

# getUpdates, allowed_updates: all but these are sent to a bot that never said what it wants.
ONLY_WHEN_ASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(frozen=True, slots=True)
class Update:
    """One update and the person or chat in whose order it stands."""

    update_id: int
    body: Json
    lane: int
    expires_at: float


class PollCut(Exception):  # noqa: N818 - nobody made an error: an outage began
    """The open poll gets no answer."""


class Updates:
    """The queue of a bot."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # Telegram starts anywhere; starting here keeps a restarted sandbox ahead of its old ids.
        self._next_id = int(clock.epoch() * 10) % 2**30
        self.pending: MutableMapping[int, Update] = {}
        self.allowed: frozenset[str] | None = None
        self.arrived = Signal()
        self._poll = 0
        self._terminated_by: str | None = TERMINATED_BY_POLL
        self._closed = False

    def add(self, kind: str, body: Json, lane: int) -> None:
        """Queue an update, unless the bot does not want its kind."""
        wanted = kind not in ONLY_WHEN_ASKED if self.allowed is None else kind in self.allowed
        if not wanted:
            return
        kept_s = CALLBACK_KEPT_S if kind == "callback_query" else KEPT_S
        update_id = self._next_id
        self._next_id += 1
        expires_at = self._clock.epoch() + kept_s
        self.pending[update_id] = Update(
            update_id, {"update_id": update_id, kind: body}, lane, expires_at
        )
        self.arrived.notify()

    def allow(self, kinds: frozenset[str]) -> bool:
        """Remember what the bot wants, an empty list means the default again; whether it is new."""
        before, self.allowed = self.allowed, kinds or None
        return self.allowed != before

    def go_on_with(self, pending: MutableMapping[int, Update], last_id: int) -> None:
        """Take these for what is pending, and number what comes after the last one there was."""
        self.pending = pending
        self._next_id = max(self._next_id, last_id + 1)

    def drop_expired(self) -> None:
        """Forget what nobody fetched in time."""
        now = self._clock.epoch()
        for update in [update for update in self.pending.values() if update.expires_at <= now]:
            del self.pending[update.update_id]

    def confirm(self, offset: int) -> None:
        """Forget all before the offset; a negative one counts from the end of the queue."""
        if offset < 0:
            forgotten = list(self.pending)[:offset]
        else:
            forgotten = list(takewhile(lambda update_id: update_id < offset, self.pending))
        for update_id in forgotten:
            del self.pending[update_id]

    async def poll(self, offset: int, limit: int, timeout_s: float) -> list[Json]:
        """Return the next updates, waiting for the first; a later poll ends this one with 409."""
        self._end_poll(TERMINATED_BY_POLL)
        mine = self._poll
        if offset:
            self.confirm(offset)
        deadline = asyncio.get_running_loop().time() + timeout_s
        while True:
            self.drop_expired()
            if self.pending or self._closed:
                return [update.body for update in list(self.pending.values())[:limit]]
            remaining_s = deadline - asyncio.get_running_loop().time()
            if remaining_s <= 0:
                return []
            await self.arrived.wait(remaining_s)
            if mine != self._poll:
                raise conflict(self._terminated_by) if self._terminated_by else PollCut

    def terminate_poll(self) -> None:
        """End the open poll: a webhook takes over."""
        self._end_poll(TERMINATED_BY_WEBHOOK)

    def cut_poll(self) -> None:
        """End the open poll without an answer."""
        self._end_poll(None)

    def close(self) -> None:
        """Answer the open poll with nothing: the server stops."""
        self._closed = True
        self.arrived.notify()

    def _end_poll(self, reason: str | None) -> None:
        self._poll += 1
        self._terminated_by = reason
        self.arrived.notify()
