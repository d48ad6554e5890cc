"""The view: what a card must show of a conversation, as `take.lua` found it."""

import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Literal, Self, get_args

from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.words import LookKind, Note, Reason, State

_TEN_MINUTES_MS = 600_000
_CALLS: tuple[str, ...] = get_args(Reason)


@dataclass(frozen=True)
class View:
    """A conversation as one phone sees it."""

    state: State = "waiting"
    owner_name: str = ""
    is_owner: bool = False
    can_reopen: bool = False
    is_off: bool = False
    """Its operator is off duty: only an owner has buttons then."""
    version: int = 0
    now_ms: int = 0
    count: int = 1
    """Customer messages in this round."""
    total: int = 1
    """Customer messages in all rounds."""
    waiting_since_ms: int = 0
    returned_from: str = ""
    was_theirs: bool = False
    """This operator had it before it was returned."""
    was_with: str = ""
    """After a reopening: the last owner's name."""
    was_with_them: bool = False
    """The last owner is this operator."""
    passed_by: str = ""
    """The colleague who passed it to this operator, if they have not been notified of it."""
    asked_group: str = ""
    card: int | None = None
    """The Telegram message that is the card: it has the buttons."""
    message: int | None = None
    """The message to edit or to delete."""
    view: LookKind | Literal[""] = ""
    note: Note | Literal[""] = ""
    is_repeat: bool = False
    """The note may have been sent before."""
    is_silent: bool = False
    late_count: int = 0
    """In a summary: how many conversations wait for this phone."""
    late_urgent: int = 0
    """How many of them are urgent."""
    away_ms: int = 0
    """How long Telegram was away."""

    @classmethod
    @lru_cache(maxsize=64)
    def from_json(cls, text: str) -> Self:
        """Parse what `take.lua` wrote; cached, because it is the same for many phones.

        Raises ValueError for a missing or unknown field: a default would show operators something
        wrong.
        """
        given = json.loads(text)
        if apart := given.keys() ^ {field.name for field in fields(cls)}:
            raise ValueError(f"take.lua and View do not agree about {', '.join(sorted(apart))}")
        return cls(**given)

    @property
    def about_now(self) -> datetime:
        """The time, rounded down to ten minutes, so that a card can be cached for many phones."""
        return datetime.fromtimestamp((self.now_ms - self.now_ms % _TEN_MINUTES_MS) / 1000, UTC)

    @property
    def waiting(self) -> timedelta:
        """For how long the customer has waited."""
        return timedelta(milliseconds=max(0, self.now_ms - self.waiting_since_ms))

    @property
    def is_call(self) -> bool:
        """Whether the note asks for somebody to answer: it has a button for that."""
        return self.note in _CALLS

    @property
    def verbs(self) -> list[list[Verb]]:
        """The buttons of its card, row by row: the actions that this operator can take now."""
        if self.state == "claimed" and self.is_owner:
            return [[Verb.CLOSE, Verb.RELEASE]]
        if self.is_off:
            return []
        match self.state:
            case "waiting":
                return [[Verb.CLAIM, Verb.BACK if self.view else Verb.OPEN]]
            case "closed":
                return [[Verb.REOPEN]] if self.can_reopen else []
            case "claimed":
                return {
                    "": [[Verb.OPEN]],
                    "open": [[Verb.TAKE_OVER, Verb.BACK]],
                    "confirm": [[Verb.CONFIRM], [Verb.BACK]],
                }[self.view]

    @cached_property
    def for_settling(self) -> str:
        """The fields that the scripts need to settle a step, as JSON."""
        fields = {
            name: value
            for name in (
                "version",
                "total",
                "state",
                "is_owner",
                "card",
                "message",
                "note",
                "view",
                "is_silent",
                "is_call",
                "is_off",
                "can_reopen",
            )
            if (value := getattr(self, name)) not in (None, "")
        }
        fields["buttons"] = " ".join(verb for row in self.verbs for verb in row)
        return json.dumps(fields)
