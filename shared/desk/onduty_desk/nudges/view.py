"""What a nudge is to ask, as `take.lua` found it."""

import json
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class NudgeView:
    """The nudge of one phone."""

    message: int | None
    """The Telegram message to edit; of a new one, the one whose place it takes."""
    rows: tuple[tuple[int, str], ...]
    """Of each conversation its number in this message, and its newest message."""
    more: int
    """How many more there are."""
    is_silent: bool
    is_repeat: bool
    """It may have been sent before."""
    json: str
    """As it was read, to be settled."""

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `next_nudge.lua` wrote."""
        fields = json.loads(text)
        return cls(
            message=fields["message"],
            rows=tuple((number, message_id) for number, message_id in fields["rows"]),
            more=fields["more"],
            is_silent=fields["is_silent"],
            is_repeat=fields["is_repeat"],
            json=text,
        )
