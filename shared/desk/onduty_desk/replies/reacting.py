"""The reactions that show operators what became of their answers; what backends say of it."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, cast

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from onduty_desk.lua.calling import script
from onduty_desk.lua.durations import in_ms
from onduty_desk.model.keys import REPLIES_QUEUED, ChatId

LEASE = timedelta(seconds=15)
"""How long a process has for one reaction; if it dies, another one sets it after this time."""

MOST_REPORTS = 200


@dataclass(frozen=True)
class Reaction:
    """A reaction that is due, leased to this process."""

    chat_id: ChatId
    message_id: int
    emoji: str
    """Empty: the one that is there is taken away."""
    lease: str


class Reactions:
    """The reactions of all answers. Any number of processes may set them concurrently."""

    def __init__(self, redis: Redis, *, per_second: float) -> None:
        self._redis = redis
        self._gap_us = int(1e6 / per_second)
        self._take = script(redis, "replies/take_reactions")
        self._settle = script(redis, "replies/settle_reaction")
        self._reports = script(redis, "replies/take_reports")
        self._settle_job = script(redis, "replies/settle_job")

    async def take(self, most: int) -> tuple[list[Reaction], timedelta | None, list[ResponseError]]:
        """Lease up to `most` that are due and within the budget; return them and the next moment.

        The time is None if no other waits. Last are errors of those that could not be read.
        """
        lease = secrets.token_hex(8)
        next_ms, taken, broken = await self._take(args=[lease, in_ms(LEASE), most, self._gap_us])
        reactions = [
            Reaction(ChatId(int(chat)), int(message), emoji, lease)
            for chat, message, emoji in cast("list[list[str]]", taken)
        ]
        next_in = None if next_ms == "-1" else timedelta(milliseconds=int(next_ms))
        return reactions, next_in, cast("list[ResponseError]", broken)

    async def settle(
        self,
        reaction: Reaction,
        outcome: Literal["done", "gone", "later", "again", "unknown"],
        pause: timedelta = timedelta(0),
    ) -> bool:
        """Record what came of it; a newer state is due at once.

        After `unknown`, which Telegram may take late, the one that is set then is set once more.
        Returns whether it was given up, after it came to nothing many times.
        """
        place: list[str | int] = [reaction.chat_id, reaction.message_id, reaction.lease]
        settled = await self._settle(args=[*place, reaction.emoji, outcome, in_ms(pause)])
        return cast("str", settled) == "given_up"

    async def take_reports(self) -> tuple[int, list[str]]:
        """Apply what backends have reported; return how much it was, and what could not be read."""
        count, broken = await self._reports(args=[MOST_REPORTS])
        return int(count), [str(error) for error in broken]

    async def queued(self, most: int) -> list[str]:
        """Return `event reply` of events in RQ that no worker has finished, the oldest first."""
        return cast("list[str]", await self._redis.zrange(REPLIES_QUEUED, 0, most - 1))

    async def settle_job(
        self, entry: str, outcome: Literal["finished", "gone"], reason: str = ""
    ) -> None:
        """Record that a worker has finished such a job, or that the job is gone."""
        await self._settle_job(args=[entry, outcome, reason])
