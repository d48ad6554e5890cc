"""What a board is to show, as `take.lua` found it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self


@dataclass(frozen=True)
class BoardView:
    """The board of one phone."""

    message: int | None
    """The Telegram message to pin, to edit or to delete."""
    yours: int
    """Conversations that its operator holds."""
    waiting: int
    """Conversations that wait in the group."""
    since: datetime | None
    """Since when the oldest of them waits."""
    is_old: bool
    """It waits for so long that the time of day alone would mislead."""
    json: str
    """As it was read, to be settled."""
    is_paused: bool = False
    """Its operator is."""
    paused_until: datetime | None = None
    """Until when; None without an end."""

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `next_board.lua` wrote."""
        fields = json.loads(text)
        since_ms, paused_until_ms = fields["since_ms"], fields.get("paused_until_ms")
        return cls(
            message=fields["message"],
            yours=fields["yours"],
            waiting=fields["waiting"],
            since=_moment(since_ms),
            is_old=fields["is_old"],
            is_paused=paused_until_ms is not None,
            paused_until=_moment(paused_until_ms),
            json=text,
        )


def _moment(ms: int | None) -> datetime | None:
    return datetime.fromtimestamp(ms / 1000, UTC) if ms else None
