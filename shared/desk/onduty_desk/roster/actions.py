"""What admins did: a bounded log in Redis."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

from pydantic import BaseModel, ConfigDict, ValidationError
from redis.asyncio import Redis

from onduty_desk.model.bot_keys import ACTIONS
from onduty_desk.model.words import ActionKind


class Person(BaseModel):
    """Somebody, as they were called then."""

    model_config = ConfigDict(frozen=True)

    id: int
    name: str = ""


class Action(BaseModel):
    """One thing that an admin did, or that came of it."""

    model_config = ConfigDict(frozen=True)

    kind: ActionKind
    at_ms: int
    admin: Person
    """Who did it; of `joined`, who had invited."""
    whom: Person | None = None
    groups: tuple[str, ...] = ()
    conversation: str | None = None
    priority: str | None = None
    """What it was set to."""

    @property
    def at(self) -> datetime:
        """When it was done."""
        return datetime.fromtimestamp(self.at_ms / 1000, UTC)


async def read_actions(redis: Redis, most: int) -> list[Action]:
    """Return the newest actions, the oldest of them first; what cannot be read is left out."""
    newest_first = cast("list[str]", await redis.lrange(ACTIONS, 0, most - 1))
    return list(_read(reversed(newest_first)))


def _read(lines: Iterator[str]) -> Iterator[Action]:
    for line in lines:
        try:
            yield Action.model_validate_json(line)
        except ValidationError:  # of a newer version, or written by another program
            continue
